package io.pcache.ring;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * Ends the wait of a ring's thread from another thread, by an eventfd that the ring reads. A system call is made only
 * if the thread really sleeps.
 *
 * <p>The owner's round: look for work; if {@link #beginSleep} says so, wait in the ring, then {@link #endSleep};
 * dispatch. A waker first makes its work visible (in a queue), then calls {@link #wake}. The later one of the owner's
 * {@code beginSleep} and the waker's {@code wake} sees the earlier one: so either the owner does not sleep, or the
 * eventfd is written. An eventfd write that comes after the owner woke for another reason costs one empty round.
 */
public final class Wakeup implements Runnable, AutoCloseable {
    private static final int AWAKE = 0;
    private static final int SLEEPING = 1;
    private static final int SIGNALLED = 2;
    private static final int CLOSED = 3;
    private static final VarHandle STATE;
    private static final VarHandle WAKERS;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Wakeup.class, "state", int.class);
            WAKERS = MethodHandles.lookup().findVarHandle(Wakeup.class, "wakers", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SystemCalls calls = SystemCalls.linux();
    private final Ring ring;
    private final int fd;
    private final int client;
    private final ByteBuffer one = NativeMemory.allocate(Long.BYTES);
    private final ByteBuffer count = NativeMemory.allocate(Long.BYTES);
    private final long oneAddress = NativeMemory.address(one);
    private final long countAddress = NativeMemory.address(count);
    private volatile int state = AWAKE;
    // Threads that may be about to write the eventfd.
    private volatile int wakers;
    private boolean closing;
    private boolean armed;

    /** Arms the wake-up on the ring. To be called on the ring's thread. */
    public Wakeup(Ring ring) throws SystemCallException {
        this.ring = ring;
        this.fd = calls.eventfd(0);
        this.client = ring.addClient(this::eventfdRead);
        one.putLong(0, 1);
        arm();
    }

    private void arm() {
        ring.submissions().read(fd, countAddress, Long.BYTES, 0, UserData.of(client, 0));
        armed = true;
    }

    private void eventfdRead(long payload, int result, int flags) {
        armed = false;
        if (!closing) {
            arm();
        }
    }

    /**
     * Lets the owner look for work again. For any thread; does not block, allocates nothing. Does nothing after
     * {@link #close}.
     */
    public void wake() {
        if (state == SIGNALLED) {
            return;
        }
        WAKERS.getAndAdd(this, 1);
        if ((int) STATE.getAndSet(this, SIGNALLED) == SLEEPING) {
            calls.write(fd, oneAddress, Long.BYTES);
        }
        WAKERS.getAndAdd(this, -1);
    }

    /** Does what {@link #wake} does, under the name that the queue interfaces want. */
    @Override
    public void run() {
        wake();
    }

    /**
     * For the owner, when it has found no work and wants to wait.
     *
     * @return false if a thread has called {@link #wake} since {@link #endSleep}: the owner must look for work again
     */
    public boolean beginSleep() {
        if (STATE.compareAndSet(this, AWAKE, SLEEPING)) {
            return true;
        }
        state = AWAKE;
        return false;
    }

    /** For the owner, when it is back from the wait, before it looks for work. */
    public void endSleep() {
        state = AWAKE;
    }

    /** Takes the eventfd off the ring and closes the eventfd. To be called on the ring's thread. */
    @Override
    public void close() throws SystemCallException {
        closing = true;
        calls.write(fd, oneAddress, Long.BYTES);
        while (armed) {
            ring.submitAndWait(1);
            ring.dispatch();
        }
        ring.removeClient(client);
        // A waker that comes now sees CLOSED or SIGNALLED, and does not write. A waker that saw SLEEPING before is
        // waited for, because the descriptor's number may belong to another file in a moment.
        state = CLOSED;
        while (wakers != 0) {
            Thread.onSpinWait();
        }
        calls.close(fd);
    }
}
