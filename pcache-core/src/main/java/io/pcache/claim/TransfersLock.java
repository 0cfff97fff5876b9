package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Tells whether transfers to a device may still be under way of a process that has ended. The kernel goes on with a
 * transfer after its process was killed, and a write that comes late would destroy what a successor has put in its
 * place. Such a transfer keeps its open file, and so keeps a lock of that file (fcntl's open file description locks).
 * The lock is on a byte that no device has.
 */
public final class TransfersLock {
    static final long BYTE = 1L << 62;

    private TransfersLock() {}

    /**
     * Takes the lock, which ends with the descriptor and with all transfers that were begun on it.
     *
     * @param fd open for writing
     * @throws ClaimedException if transfers of another process may be under way
     */
    public static void take(SystemCalls calls, String path, int fd) throws SystemCallException {
        set(calls, path, fd, Linux.F_WRLCK);
    }

    /**
     * Makes sure that nobody's transfers are under way.
     *
     * @param fd another descriptor of the device
     * @throws ClaimedException if there may be some
     */
    public static void requireNone(SystemCalls calls, String path, int fd) throws SystemCallException {
        set(calls, path, fd, Linux.F_RDLCK);
        set(calls, path, fd, Linux.F_UNLCK);
    }

    private static void set(SystemCalls calls, String path, int fd, short type) throws SystemCallException {
        ByteBuffer lock = NativeMemory.allocate(DeviceClaim.FLOCK_BYTES);
        lock.putShort(DeviceClaim.TYPE, type).putLong(DeviceClaim.START, BYTE).putLong(DeviceClaim.LENGTH, 1);
        try {
            calls.fcntl(fd, Linux.F_OFD_SETLK, NativeMemory.address(lock));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EACCES) {
                throw ClaimedException.transfers(path);
            }
            if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.ENOLCK && e.errno() != Errno.EINVAL) {
                throw e;
            }
            // The file system has no such locks.
        } finally {
            Reference.reachabilityFence(lock);
        }
    }
}
