package io.pcache.server.table;

import io.pcache.backing.BackingQueue;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * A device whose requests end when its owner's thread polls after {@link #complete}; at once when {@link #automatic}.
 */
public final class ManualDevice implements BlockDevice {
    private final long sizeBytes;
    private final AtomicInteger openQueues = new AtomicInteger();
    public final AtomicInteger submitted = new AtomicInteger();
    private final AtomicInteger allowed = new AtomicInteger();
    public volatile boolean automatic;
    /** Whether something goes on for requests that have been given up. */
    public volatile boolean transferring;

    public ManualDevice(long sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    public int openQueues() {
        return openQueues.get();
    }

    /** Lets so many of the requests under way end at the next poll. */
    public void complete(int count) {
        allowed.addAndGet(count);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public int logicalBlockBytes() {
        return 512;
    }

    @Override
    public int physicalBlockBytes() {
        return 4096;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        openQueues.incrementAndGet();
        return new Queue();
    }

    private final class Queue implements RequestQueue {
        private final ArrayDeque<Request> underWay = new ArrayDeque<>();
        private boolean closed;

        @Override
        public void submit(Request request) {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            submitted.incrementAndGet();
            underWay.add(request);
        }

        @Override
        public int poll() {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            int steps = 0;
            while (!underWay.isEmpty() && (automatic || allowed.getAndUpdate(n -> n > 0 ? n - 1 : 0) > 0)) {
                underWay.poll().end(0);
                steps++;
            }
            return steps;
        }

        @Override
        public void giveUp(Predicate<Request> which) {
            for (Request request : List.copyOf(underWay)) {
                if (which.test(request)) {
                    underWay.remove(request);
                    request.end(-Errno.EIO);
                }
            }
        }

        @Override
        public boolean isIdle() {
            return inFlight() == 0 && !transferring;
        }

        @Override
        public int inFlight() {
            return underWay.size();
        }

        @Override
        public void close() {
            if (!isIdle()) {
                throw new IllegalStateException("closed with requests under way");
            }
            closed = true;
            openQueues.decrementAndGet();
        }
    }
}
