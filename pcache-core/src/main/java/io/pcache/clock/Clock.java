package io.pcache.clock;

/**
 * Monotonic time, as a parameter of everything that waits, times or backs off: a test brings a clock of its own and
 * moves it, and no pause is waited for.
 *
 * <p>Safe for use by any thread.
 */
@FunctionalInterface
public interface Clock {
    /** The machine's clock. */
    Clock SYSTEM = System::nanoTime;

    /** Nanoseconds since a moment that is the same for one clock's life; only differences mean something. Hot. */
    long nanoTime();
}
