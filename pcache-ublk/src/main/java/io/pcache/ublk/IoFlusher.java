package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;

/**
 * Marks threads as part of the way that memory is freed by. When memory is short, the kernel writes dirty pages to block devices, ours among them; a server
 * thread that then waits for memory would wait for itself. With the mark its allocations neither wait for I/O nor are throttled.
 */
public final class IoFlusher {

    private IoFlusher() {
    }

    /**
     * Marks the calling thread; threads that it starts afterwards inherit the mark. To be called early in {@code main}.
     *
     * @return false without CAP_SYS_RESOURCE, where the device works all the same but can stall when memory is short
     */
    public static boolean set() {
        try {
            SystemCalls.linux().prctl(Linux.PR_SET_IO_FLUSHER, 1);
            return true;
        } catch (SystemCallException e) {
            return false;
        }
    }
}
