package io.pcache.agent;

import io.pcache.clock.Clock;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.util.function.Consumer;

/**
 * The thread of an agent. An exception ends the thread, and goes to a handler, which must stop the process or the
 * device.
 */
public final class AgentThread {
    /** Longer than the kernel's slice for other threads; for this reason those threads may interrupt this one. */
    private static final long BACKGROUND_SLICE_NANOS = 20_000_000;

    private final Agent agent;
    private final Clock clock;
    private final Thread thread;
    private volatile boolean closing;

    /** @param onFailure what to do when the agent ends unexpectedly; called on the agent's thread */
    public AgentThread(Agent agent, String device, Clock clock, Consumer<Throwable> onFailure) {
        this.agent = agent;
        this.clock = clock;
        this.thread = new Thread(() -> run(onFailure), "pcache-" + agent.name() + "-" + device);
        thread.setDaemon(true);
    }

    public AgentThread start() {
        thread.start();
        return this;
    }

    private void run(Consumer<Throwable> onFailure) {
        try {
            if (agent.inBackground()) {
                goBehind();
            }
            while (!closing) {
                if (!agent.doWork() && !closing) {
                    agent.signal().awaitNanos(agent.idleNanos());
                }
            }
        } catch (Throwable failure) {
            onFailure.accept(failure);
        }
    }

    private static void goBehind() {
        try {
            SystemCalls.linux().setBatch(BACKGROUND_SLICE_NANOS);
        } catch (SystemCallException e) {
            // A container may forbid this. The device still works, but a request may wait some milliseconds longer for
            // a processor.
        }
    }

    /** Makes the thread end after the work at hand, which may wait for a device. */
    public void requestStop() {
        closing = true;
        agent.signal().raise();
    }

    /**
     * Waits for the end of the thread, after {@link #requestStop}.
     *
     * @param endNanos when to stop waiting, by the clock
     * @return null when the thread has ended; else which thread does not end and what it waits for, in words
     */
    public String awaitEnd(long endNanos) throws InterruptedException {
        long leftMs = (endNanos - clock.nanoTime()) / 1_000_000;
        if (leftMs > 0) {
            thread.join(leftMs);
        }
        return thread.isAlive() ? "thread " + thread.getName() + " waits for " + agent.waitsFor() : null;
    }
}
