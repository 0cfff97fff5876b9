package io.pcache.crash;

/**
 * Places where one thread may be overtaken by another. {@link EngineLoader} has the engine call {@link #point} wherever
 * the engine does or sees something that depends on other threads: behind each access to a volatile field or an atomic,
 * and after the release of a lock. A test that plays several threads on one lets another thread go on from there.
 *
 * <p>Static, because instrumented code has no object to call. For one run at a time, on one thread.
 */
public final class Preemption {
    /** The thread that plays. Other threads, such as those that free memory, go through instrumented code, too. */
    private static Thread player;

    private static Runnable overtake;
    private static int points;
    private static int off;

    private Preemption() {}

    /**
     * Has {@code overtake} run once, at the point behind so many others.
     *
     * @param points how many points; 0 for none
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
