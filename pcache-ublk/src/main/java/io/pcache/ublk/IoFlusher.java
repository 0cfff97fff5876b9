package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Marks threads as part of the way that memory is freed by. When memory is short, the kernel writes dirty pages to
 * block devices, ours among them; a server thread that then waits for memory would wait for itself. With the mark its
 * allocations neither wait for I/O nor are throttled.
 *
 * <p>Every thread of the process needs the mark, also those that the JVM has made before {@code main}: a compiler
 * thread that waited for memory held a lock that queue threads wanted, and a machine that swapped to our device stood
 * still (Linux 6.12, 240 MiB swapped out). A thread can be marked by itself only, or by being started by one that is.
 * So the program begins anew, once, in the same process, from a thread that is marked.
 */
public final class IoFlusher {
    private static final Path SELF = Path.of("/proc/self");

    private IoFlusher() {}

    /**
     * Marks the calling thread; threads that it starts afterwards inherit the mark.
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

    /**
     * Returns when every thread of the process has the mark, or where they cannot have it: then the caller goes on as
     * it is. To be called early in {@code main}, before anything is opened or locked: the program may begin anew within
     * the call, with its arguments and its environment.
     */
    public static void setForProcess() {
        try {
            SystemCalls calls = SystemCalls.linux();
            // Threads inherit the mark: where this one has it, those of the JVM have it, too.
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
