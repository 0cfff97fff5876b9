package io.pcache.crash;

import io.pcache.clock.Clock;

/** A clock that stands still until a test moves it. For one thread. */
public final class VirtualClock implements Clock {
    private long now;

    public VirtualClock(long now) {
        this.now = now;
    }

    @Override
    public long nanoTime() {
        Preemption.point();
        return now;
    }

    /** As {@link #nanoTime}, for the code that plays the threads, and is no thread of the engine. */
    public long now() {
        return now;
    }

    public void advance(long nanos) {
        now += nanos;
    }
}
