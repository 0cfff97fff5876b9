package io.pcache.queue;

import io.pcache.request.Request;
import java.util.function.Predicate;

/** Requests in the order in which they came, linked through the requests themselves. Owned by one thread. */
final class RequestFifo {
    private Request first;
    private Request last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Request request) {
        request.progress().next = null;
        if (first == null) {
            first = request;
        } else {
            last.progress().next = request;
        }
        last = request;
    }

    /** Puts back to the front a request that was just removed. */
    void putBack(Request request) {
        request.progress().next = first;
        first = request;
        if (last == null) {
            last = request;
        }
    }

    /** Takes out the requests that match, in their order. */
    RequestFifo removeIf(Predicate<Request> which) {
        RequestFifo removed = new RequestFifo();
        RequestFifo kept = new RequestFifo();
        while (!isEmpty()) {
            Request request = remove();
            (which.test(request) ? removed : kept).add(request);
        }
        first = kept.first;
        last = kept.last;
        return removed;
    }

    /** The first request. There must be one. */
    Request first() {
        return first;
    }

    Request remove() {
        Request request = first;
        first = request.progress().next;
        if (first == null) {
            last = null;
        }
        request.progress().next = null;
        return request;
    }
}
