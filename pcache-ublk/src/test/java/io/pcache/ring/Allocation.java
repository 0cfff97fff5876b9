package io.pcache.ring;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what a thread allocates. */
final class Allocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** Bytes that the calling thread allocates in {@code action}, after {@code warmUps} unmeasured runs of it. */
    static long by(Runnable action, int warmUps) {
        for (int i = 0; i < warmUps; i++) {
            action.run();
        }
        long before = THREADS.getCurrentThreadAllocatedBytes();
        action.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
