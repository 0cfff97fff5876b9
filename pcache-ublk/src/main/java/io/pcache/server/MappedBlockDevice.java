package io.pcache.server;

import io.pcache.backing.BackingQueue;
import io.pcache.request.BlockDevice;
import io.pcache.request.RequestQueue;
import java.util.ArrayList;
import java.util.List;

/**
 * The block device that the front end serves: whatever the live table is, and nothing while suspended.
 *
 * <p>Where requests go is one immutable {@link Route} in a volatile field, written by the thread that makes changes. Each {@link GatedQueue}
 * compares it with the one it has settled into, at every submit and poll; that is all it costs a request. A queue settles on its own
 * thread: it finishes what is in flight, changes over, and says so here, where the changing thread waits. The lock is taken only to settle, to
 * open and to close.
 */
final class MappedBlockDevice implements BlockDevice {

    /**
     * @param device   the live table's
     * @param readOnly writes are refused
     * @param held     requests wait
     */
    record Route(BlockDevice device, boolean readOnly, boolean held) {
    }

    private final Object settling = new Object();
    private final List<GatedQueue> queues = new ArrayList<>();
    private volatile Route route;

    /** @param route the first table that goes live */
    MappedBlockDevice(Route route) {
        this.route = route;
    }

    Route route() {
        return route;
    }

    /** Lets requests through again, those that waited first. */
    void release() {
        if (route.held) {
            change(new Route(route.device, route.readOnly, false));
        }
    }

    /** From now on requests wait. Those under way go on. */
    void hold() {
        if (!route.held) {
            change(new Route(route.device, route.readOnly, true));
        }
    }

    /**
     * Holds requests and waits until none is under way in any queue.
     *
     * @return false when the wait was cancelled; requests are held all the same
     */
    boolean holdAndDrain(Cancellation cancellation) {
        hold();
        return awaitSettled(cancellation);
    }

    /** Puts another table's device in place; requests must be held and drained. Returns when no queue uses the old one. */
    void replace(BlockDevice next, boolean readOnly) {
        change(new Route(next, readOnly, true));
        awaitSettled(Cancellation.NEVER);
    }

    private void change(Route next) {
        List<GatedQueue> wake;
        synchronized (settling) {
            route = next;
            wake = List.copyOf(queues);
        }
        for (GatedQueue queue : wake) {
            queue.wake();
        }
    }

    private boolean awaitSettled(Cancellation cancellation) {
        boolean interrupted = false;
        Runnable wakeUp = () -> {
            synchronized (settling) {
                settling.notifyAll();
            }
        };
        try (Cancellation.Listener listener = cancellation.listen(wakeUp)) {
            synchronized (settling) {
                while (!allSettled()) {
                    if (cancellation.requested()) {
                        return false;
                    }
                    try {
                        settling.wait();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean allSettled() {
        for (GatedQueue queue : queues) {
            if (queue.settled != route) {
                return false;
            }
        }
        return true;
    }

    /** On the queue's thread: it has nothing in flight that the route does not allow. */
    void settle(GatedQueue queue, Route into) {
        synchronized (settling) {
            queue.settled = into;
            settling.notifyAll();
        }
    }

    @Override
    public long sizeBytes() {
        return route.device.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return route.device.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return route.device.physicalBlockBytes();
    }

    @Override
    public boolean readOnly() {
        Route current = route;
        return current.readOnly || current.device.readOnly();
    }

    @Override
    public boolean discards() {
        return route.device.discards();
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        GatedQueue queue = new GatedQueue(this, backing, wake);
        Route current;
        synchronized (settling) {
            current = route;
            // Listed before it has a table's queue: whoever removes that table waits for it from here on.
            queues.add(queue);
        }
        try {
            queue.openInner(current.device);
        } catch (RuntimeException e) {
            closed(queue);
            throw e;
        }
        // Where the route has changed meanwhile, the queue has been woken and settles at its first poll.
        settle(queue, current);
        return queue;
    }

    void closed(GatedQueue queue) {
        synchronized (settling) {
            queues.remove(queue);
            settling.notifyAll();
        }
    }
}
