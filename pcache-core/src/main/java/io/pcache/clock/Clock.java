package io.pcache.clock;

/**
 * Monotonic time, as a parameter of everything that waits, measures time or backs off. A test brings a clock of its own
 * and moves it, so that the test never waits for a pause.
 *
 * <p>Safe for use by any thread.
 */
@FunctionalInterface
public interface Clock {
    /** The machine's clock. */
    Clock SYSTEM = System::nanoTime;

    /** Nanoseconds since some moment, which is fixed for the life of a clock; only differences mean something. Hot. */
    long nanoTime();
}
