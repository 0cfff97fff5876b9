package io.pcache.server.device;

import io.pcache.backing.BackingQueue;
import io.pcache.request.BlockDevice;
import io.pcache.request.RequestQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The block device that the front end serves: the live table, whichever that is, and nothing while the device is
 * suspended.
 *
 * <p>The way of requests is one immutable {@link Route} in a volatile field, which the changing thread writes. Each
 * {@link GatedQueue} compares that route with the route that the queue has settled into, at every submit and poll; a
 * request pays no more than that. A queue settles on its own thread: the queue finishes the requests in flight, changes
 * over, and tells this class, where the changing thread waits. The lock is taken only to settle, to open and to close.
 */
final class MappedBlockDevice implements BlockDevice {

    /**
     * @param device of the live table
     * @param readOnly writes are refused
     * @param held requests wait
     * @param forced requests that wait in the device before are given up, so that queues can leave that device at once
     */
    record Route(BlockDevice device, boolean readOnly, boolean held, boolean forced) {
        Route(BlockDevice device, boolean readOnly, boolean held) {
            this(device, readOnly, held, false);
        }
    }

    /** How a wait for the queues has ended. */
    enum Outcome {
        SETTLED,
        CANCELLED,
        LATE
    }

    private final Object settling = new Object();
    private final List<GatedQueue> queues = new ArrayList<>();
    private volatile Route route;

    /** @param route to the first table that goes live */
    MappedBlockDevice(Route route) {
        this.route = route;
    }

    Route route() {
        return route;
    }

    /** Lets requests through again, first those that have waited. */
    void release() {
        if (route.held) {
            change(new Route(route.device, route.readOnly, false, route.forced));
        }
    }

    /** From now on requests wait. Those under way go on. */
    void hold() {
        if (!route.held) {
            change(new Route(route.device, route.readOnly, true, route.forced));
        }
    }

    /**
     * Holds requests and waits until none is under way in any queue. Whatever comes of the wait, requests stay held.
     *
     * @param patienceMs for how long
     */
    Outcome holdAndDrain(Cancellation cancellation, long patienceMs) {
        hold();
        return awaitSettled(cancellation, patienceMs);
    }

    /**
     * Puts the device of another table in place. Requests must be held and drained before, and stay held. Returns when
     * no queue uses the old device.
     *
     * @param patienceMs for threads that do not come
     */
    Outcome replace(BlockDevice next, boolean readOnly, long patienceMs) {
        change(new Route(next, readOnly, true));
        return awaitSettled(Cancellation.NEVER, patienceMs);
    }

    /**
     * Puts the device of another table in place, whatever is under way in the old one. Requests that wait in the old
     * device end with an error; held requests go to the new device. Transfers of the backing device go on, so queues of
     * the old device may stay open.
     *
     * @param patienceMs for threads that do not come
     */
    Outcome replaceByForce(BlockDevice next, boolean readOnly, long patienceMs) {
        change(new Route(next, readOnly, false, true));
        return awaitSettled(Cancellation.NEVER, patienceMs);
    }

    /** In words, which queues have not settled, and why; empty if all queues have. */
    String unsettled() {
        synchronized (settling) {
            return queues.stream()
                    .filter(queue -> queue.settled != route)
                    .map(MappedBlockDevice::describe)
                    .collect(Collectors.joining(", "));
        }
    }

    private static String describe(GatedQueue queue) {
        int count = queue.unsettledRequests;
        return count == 0
                ? "thread " + queue.owner() + ", which does not come"
                : count + (count == 1 ? " request" : " requests") + " of thread " + queue.owner();
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

    private Outcome awaitSettled(Cancellation cancellation, long patienceMs) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
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
                        return Outcome.CANCELLED;
                    }
                    long left = end - System.nanoTime();
                    if (left <= 0) {
                        return Outcome.LATE;
                    }
                    try {
                        TimeUnit.NANOSECONDS.timedWait(settling, left);
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            return Outcome.SETTLED;
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

    /** For the queue's thread, when the queue has nothing in flight that the route does not allow. */
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
    public boolean wantsBuffers() {
        return route.device.wantsBuffers();
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
            // Listed before the queue has a queue of the table: from here on, a thread that removes the table waits for
            // this queue.
            queues.add(queue);
        }
        try {
            queue.openInner(current.device);
        } catch (RuntimeException e) {
            closed(queue);
            throw e;
        }
        // If the route has changed meanwhile, the queue has been woken, and settles at the first poll.
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
