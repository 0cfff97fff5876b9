package io.pcache.request;

import io.pcache.stats.Latency;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;

/** The two ends of a request on one queue: taken in, and answered; and what is counted of it. */
final class Completion {
    private final QueueStats stats;
    private int inFlight;

    Completion(QueueStats stats) {
        this.stats = stats;
    }

    void begin(Request request) {
        inFlight++;
        request.startNanos = stats.start(request.heldNanos);
        if (request.heldNanos != QueueStats.UNTIMED) {
            deferred(request);
        }
    }

    int inFlight() {
        return inFlight;
    }

    /** Takes note that a request has to wait for something. */
    void deferred(Request request) {
        if (request.waitNanos == QueueStats.UNTIMED) {
            stats.add(RequestCounter.DEFERRED_REQUESTS);
            request.waitNanos = request.heldNanos != QueueStats.UNTIMED ? request.heldNanos : stats.startWaiting();
        }
    }

    /** Answers a request, which its owner may then use again: it must be in no list any more. */
    void finish(Request request, int result) {
        inFlight--;
        if (result != 0) {
            stats.add(RequestCounter.FAILED_REQUESTS);
        }
        count(request, result == 0 ? request.length : 0);
        stats.endedWaiting(request.waitNanos);
        request.completed(result);
    }

    private void count(Request request, long bytes) {
        switch (request.op) {
            case READ -> {
                stats.add(RequestCounter.READS);
                stats.add(RequestCounter.READ_BYTES, bytes);
                stats.ended(Latency.READ, request.startNanos);
            }
            case WRITE -> {
                stats.add(RequestCounter.WRITES);
                stats.add(RequestCounter.WRITE_BYTES, bytes);
                if (request.fua) {
                    stats.add(RequestCounter.FUA_WRITES);
                }
                stats.ended(Latency.WRITE, request.startNanos);
            }
            case WRITE_ZEROES -> {
                stats.add(RequestCounter.WRITE_ZEROES);
                stats.add(RequestCounter.ZEROED_BYTES, bytes);
                stats.ended(Latency.WRITE, request.startNanos);
            }
            case FLUSH -> {
                stats.add(RequestCounter.FLUSHES);
                stats.ended(Latency.FLUSH, request.startNanos);
            }
            default -> stats.add(RequestCounter.DISCARDS);
        }
    }
}
