package io.pcache.crash;

/**
 * Where one thread may be overtaken by another. {@link EngineLoader} has the engine call {@link #point} wherever what
 * it does or sees depends on other threads: behind each access to a volatile field or an atomic, and where a lock has
 * been let go of. A test that plays several threads on one lets another one go on from there.
 *
 * <p>Static, because instrumented code has nothing else to hold on to; for one run at a time, on one thread.
 */
public final class Preemption {
    /** Other threads, such as those that free memory, go through instrumented code, too. */
    private static Thread player;

    private static Runnable overtake;
    private static int points;
    private static int off;

    private Preemption() {}

    /**
     * Has {@code overtake} run at the point that comes after so many others; once.
     *
     * @param points 0 for none
     */
    static void arm(int points, Runnable overtake) {
        player = Thread.currentThread();
        Preemption.points = points;
        Preemption.overtake = overtake;
    }

    /** Returns how many points were left. */
    static int disarm() {
        int left = points;
        points = 0;
        return left;
    }

    /** Called by instrumented code. */
    public static void point() {
        if (points > 0 && off == 0 && Thread.currentThread() == player && --points == 0) {
            overtake.run();
        }
    }

    /** Called by instrumented code: the initialisation of a class begins. */
    public static void off() {
        off += Thread.currentThread() == player ? 1 : 0;
    }

    /** Called by instrumented code: the initialisation of a class has ended. */
    public static void on() {
        off -= Thread.currentThread() == player ? 1 : 0;
    }
}
