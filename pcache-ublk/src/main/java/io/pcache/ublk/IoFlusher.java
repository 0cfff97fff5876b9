package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Marks threads as part of the way in which memory is freed. When memory is short, the kernel writes dirty pages to
 * block devices, also to the device of this process. A server thread that then waited for memory would wait for itself.
 * The allocations of a marked thread do not wait for I/O and are not throttled.
 *
 * <p>Every thread of the process needs the mark, also the threads that the JVM has made before {@code main}. Without
 * the mark, a compiler thread that waited for memory held a lock that queue threads wanted, and a machine that swapped
 * to the device stood still (Linux 6.12, 240 MiB swapped out). A thread can only mark itself, or inherit the mark of
 * the thread that starts it. So the program begins anew, once, in the same process, from a thread that is marked.
 */
public final class IoFlusher {
    private static final Path SELF = Path.of("/proc/self");

    private IoFlusher() {}

    /**
     * Marks the calling thread. Threads that this thread starts afterwards inherit the mark.
     *
     * @return false without CAP_SYS_RESOURCE; the device works without the mark, but can stall when memory is short
     */
    public static boolean set() {
        try {
            SystemCalls.linux().prctl(Linux.PR_SET_IO_FLUSHER, 1);
            return true;
        } catch (SystemCallException e) {
            return false;
        }
    }

    /**
     * Returns when every thread of the process has the mark. Returns at once, with threads as they are, where they
     * cannot have the mark. To be called early in {@code main}, before anything is opened or locked: the program may
     * begin anew within the call, with its arguments and its environment.
     */
    public static void setForProcess() {
        try {
            SystemCalls calls = SystemCalls.linux();
            // Threads inherit the mark: if this thread has the mark, the threads of the JVM have it, too.
            if (calls.prctl(Linux.PR_GET_IO_FLUSHER, 0) == 0 && set()) {
                calls.execve(
                        SELF.resolve("exe").toString(),
                        Files.readAllBytes(SELF.resolve("cmdline")),
                        Files.readAllBytes(SELF.resolve("environ")));
            }
        } catch (IOException e) {
            System.getLogger(IoFlusher.class.getName())
                    .log(Level.DEBUG, "not every thread is marked as an I/O flusher: " + e.getMessage());
        }
    }
}
