package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A file or block device behind the page cache. Ranges are copied with pread and pwrite, which share their pages with
 * the mapping, for three reasons. An error (bad sector, no space under a sparse file) is reported by the call that met
 * it, where a fault in the mapping reaches Java late on JDK 17. A thread that waits for the disk in a system call does
 * not hold up the JVM's safepoints, one that waits in a page fault does. And pwrite needs no fault for each clean page;
 * nanoseconds a copy, lower quartile of 15 runs, ext4, cached pages, synced before every 256 copies, on a shared 2-CPU
 * virtual machine (AMD EPYC, family 26 model 2, JDK 17; PageCacheCopyBenchmark in the tests):
 *
 * <pre>
 *   bytes              4096   16384    65536
 *   store, mapping     5573   47911   179483
 *   store, pwrite      1621    2591     5949
 *   load, mapping       205     573     2717
 *   load, pread         483     887     2696
 * </pre>
 *
 * After each pwrite to a file comes a look at its size (some 150 ns): one that was cut short would be made longer
 * again, with holes in place of what it held.
 */
final class PageCacheMemory extends MappedMemory {
    private final DeviceFile file;
    private final AddressedLoads loads;
    private volatile SystemCallException failure;

    PageCacheMemory(Mapping mapping) {
        super(mapping);
        this.file = mapping.file();
        this.loads = file::read;
    }

    @Override
    String durability() {
        return "fdatasync makes stores durable";
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        checkRange(offset, length);
        Objects.checkFromIndexSize(sourceIndex, length, source.limit());
        if (source.isDirect()) {
            write(offset, source, sourceIndex, length);
            return;
        }
        ByteBuffer bounce = AddressedLoads.buffer();
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(AddressedLoads.BUFFER_BYTES, length - done);
            bounce.put(0, source, sourceIndex + done, piece);
            write(offset + done, bounce, 0, piece);
        }
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        checkRange(offset, length);
        Objects.checkFromIndexSize(targetIndex, length, target.limit());
        loads.copyOut(offset, target, targetIndex, length);
    }

    private void write(long offset, ByteBuffer source, int index, int length) {
        file.write(offset, NativeMemory.address(source) + index, length);
        Reference.reachabilityFence(source);
    }

    @Override
    public void writeBack(long offset, int length) {
        checkRange(offset, length);
    }

    @Override
    public void drain() {}

    /**
     * The kernel tells one caller of a failed page write and then takes the page for clean, so a later fdatasync can
     * succeed although bytes were lost: after the first failure every sync fails, until the device is opened anew.
     */
    @Override
    public void sync() {
        if (failure == null) {
            try {
                fdatasync();
            } catch (SystemCallException e) {
                failure = e;
            }
        }
        // Looked at again: a sync that succeeds beside one that fails may owe that to the other having taken the error.
        SystemCallException first = failure;
        if (first != null) {
            throw new CacheMemoryException(
                    "cache device " + path() + ": cannot make stores durable: " + Errno.message(first.errno()) + " ("
                            + first.errnoName() + "); what was stored since the last sync may be lost",
                    first);
        }
        file.requireWhole();
    }

    private void fdatasync() throws SystemCallException {
        while (true) {
            try {
                file.calls().fdatasync(file.fd());
                return;
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    @Override
    public boolean syncIsSlow() {
        return true;
    }
}
