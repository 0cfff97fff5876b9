package io.pcache.server.device;

import io.pcache.backing.BackingQueue;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.server.device.MappedBlockDevice.Route;
import io.pcache.sys.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A front end's queue into the live table, whichever that is. Belongs to one thread, but for {@link #settled}: the
 * thread writes that field under the device's lock, and others read it under the lock.
 *
 * <p>{@link #submit} and {@link #poll} are hot. They cost one volatile load and one comparison more than the table's
 * own queue.
 */
final class GatedQueue implements RequestQueue {
    private final MappedBlockDevice device;
    private final BackingQueue backing;
    private final Runnable wake;
    /** Requests held back, in the order in which they came. */
    private final ArrayDeque<Request> held = new ArrayDeque<>(256);

    Route settled;
    /** How many requests the queue waits for before it settles; for messages. */
    volatile int unsettledRequests;

    private final String owner = Thread.currentThread().getName();
    private BlockDevice innerDevice;
    private RequestQueue inner;
    /**
     * Queues of tables that went by force: transfers of requests that were given up still reach the memory of those
     * tables.
     */
    private final List<RequestQueue> leaving = new ArrayList<>(1);

    GatedQueue(MappedBlockDevice device, BackingQueue backing, Runnable wake) {
        this.device = device;
        this.backing = backing;
        this.wake = wake;
    }

    void openInner(BlockDevice table) {
        inner = table.openQueue(backing, wake);
        innerDevice = table;
    }

    void wake() {
        wake.run();
    }

    /** The thread. */
    String owner() {
        return owner;
    }

    @Override
    public void submit(Request request) {
        Route route = device.route();
        if (route == settled && !route.held()) {
            pass(request, route);
        } else {
            // Left to poll, which settles: this method may be called from a completion, deep inside the table's own
            // queue.
            request.heldSince(System.nanoTime());
            held.add(request);
        }
    }

    private void pass(Request request, Route route) {
        if (route.readOnly() && request.op() != Request.Op.READ && request.op() != Request.Op.FLUSH) {
            request.end(-Errno.EPERM);
        } else {
            inner.submit(request);
        }
    }

    @Override
    public int poll() {
        int steps = inner.poll();
        if (!leaving.isEmpty()) {
            leaving.removeIf(GatedQueue::left);
        }
        Route route = device.route();
        if (route != settled) {
            steps += settle(route);
        }
        return steps;
    }

    private static boolean left(RequestQueue queue) {
        queue.poll();
        if (!queue.isIdle()) {
            return false;
        }
        queue.close();
        return true;
    }

    @Override
    public boolean holdsBack() {
        return inner.holdsBack();
    }

    /** Goes over to the route as far as possible at the moment; returns how many requests were let go. */
    private int settle(Route route) {
        boolean changeOver = route.device() != innerDevice;
        if (changeOver && route.forced()) {
            inner.giveUp(request -> true);
        }
        if ((route.held() || changeOver) && inner.inFlight() > 0) {
            unsettledRequests = inner.inFlight();
            return 0;
        }
        if (changeOver) {
            if (!left(inner)) {
                leaving.add(inner);
            }
            openInner(route.device());
        }
        unsettledRequests = 0;
        device.settle(this, route);
        return route.held() ? 0 : letGo(route);
    }

    private int letGo(Route route) {
        int count = 0;
        for (Request request = held.poll(); request != null; request = held.poll()) {
            pass(request, route);
            count++;
        }
        return count;
    }

    @Override
    public int inFlight() {
        return inner.inFlight() + held.size();
    }

    @Override
    public void giveUp(Predicate<Request> which) {
        int count = held.size();
        for (int i = 0; i < count; i++) {
            Request request = held.poll();
            if (which.test(request)) {
                request.end(-Errno.EIO);
            } else {
                held.add(request);
            }
        }
        inner.giveUp(which);
    }

    @Override
    public boolean isIdle() {
        return inFlight() == 0 && inner.isIdle() && leaving.isEmpty();
    }

    @Override
    public void close() {
        inner.close();
        device.closed(this);
    }
}
