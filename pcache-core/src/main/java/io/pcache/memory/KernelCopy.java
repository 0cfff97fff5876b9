package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Copies out of a mapping whose pages may be bad, by the kernel: into a file in memory, and from this file to the
 * target. Where a page cannot be provided, or is found poisoned (Linux 5.10 or later on x86-64), the system call
 * returns an errno. If the process itself loaded the page, it would get a signal; JDK 17 reports this signal late, and
 * uses wrong bytes meanwhile. For device-DAX, which has no read(2).
 *
 * <p>Safe for use by any thread: each thread has its own place in the file. Allocates nothing.
 */
final class KernelCopy implements AutoCloseable {
    private static final int BYTES = 64 << 10;
    private static final AtomicLong PLACES = new AtomicLong();
    private static final ThreadLocal<Long> PLACE = ThreadLocal.withInitial(() -> PLACES.getAndAdd(BYTES));

    private final SystemCalls calls;
    private final int fd;

    KernelCopy(SystemCalls calls) throws SystemCallException {
        this.calls = calls;
        this.fd = calls.memoryFile("pcache-copy");
    }

    /**
     * Returns 0 or a negative errno: EFAULT where a page of the source cannot be had. A part of the target may be
     * filled then.
     */
    int copy(long source, long target, int length) {
        long place = PLACE.get();
        for (int done = 0; done < length; ) {
            int stored = calls.pwrite(fd, source + done, Math.min(BYTES, length - done), place);
            if (stored == -Errno.EINTR) {
                continue;
            }
            int loaded = stored <= 0 ? stored : calls.pread(fd, target + done, stored, place);
            if (loaded < 0) {
                return loaded;
            }
            if (loaded == 0) {
                return -Errno.EIO;
            }
            done += loaded;
        }
        return 0;
    }

    /** The loads of a mapping whose offset 0 is at {@code address}, made by this copy. */
    AddressedLoads of(String path, long address) {
        return (offset, target, length) -> {
            int result = copy(address + offset, target, length);
            if (result < 0) {
                throw new CacheMemoryException("cache device " + path + ": load of " + length + " bytes at " + offset
                        + " failed: the memory is poisoned or not there (" + Errno.name(-result) + ")");
            }
        };
    }

    @Override
    public void close() {
        try {
            calls.close(fd);
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cannot close a file in memory", e);
        }
    }
}
