package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A file or block device behind the page cache. Ranges are copied with pread and pwrite, which share their pages with
 * the mapping. There are three reasons. First, an error (bad sector, no space under a sparse file) is reported by the
 * call that met the error; a fault in the mapping reaches Java late on JDK 17. Second, a thread that waits for the disk
 * in a system call does not hold up the JVM's safepoints; a thread that waits in a page fault does. Third, pwrite needs
 * no fault for each clean page. The table has nanoseconds for each copy, as lower quartiles of 15 runs, on ext4, with
 * cached pages that were synced before every 256 copies, on a shared 2-CPU virtual machine (AMD EPYC, family 26 model
 * 2, JDK 17; PageCacheCopyBenchmark in the tests):
 *
 * <pre>
 *   bytes              4096   16384    65536
 *   store, mapping     5573   47911   179483
 *   store, pwrite      1621    2591     5949
 *   load, mapping       205     573     2717
 *   load, pread         483     887     2696
 * </pre>
 *
 * After each pwrite to a file, the file's size is checked (some 150 ns): if the file was cut short, pwrite would make
 * it longer again, with holes in place of what it held.
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
     * The kernel reports a failed page write to one caller, and then takes the page for clean. So a later fdatasync can
     * succeed although bytes were lost. Therefore, after the first failure every sync fails, until the device is opened
     * anew.
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
        // Read again: this sync may have succeeded only because another one, at the same time, has taken the error.
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
    public void requireWhole() {
        file.requireWhole();
    }

    @Override
    public boolean syncIsSlow() {
        return true;
    }
}
