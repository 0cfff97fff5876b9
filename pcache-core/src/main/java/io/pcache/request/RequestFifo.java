package io.pcache.request;

/** Requests in the order in which they came, linked through themselves. Owned by one thread. */
final class RequestFifo {
    private Request first;
    private Request last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Request request) {
        request.next = null;
        if (first == null) {
            first = request;
        } else {
            last.next = request;
        }
        last = request;
    }

    /** Puts back what was just removed. */
    void putBack(Request request) {
        request.next = first;
        first = request;
        if (last == null) {
            last = request;
        }
    }

    Request remove() {
        Request request = first;
        first = request.next;
        if (first == null) {
            last = null;
        }
        request.next = null;
        return request;
    }
}
