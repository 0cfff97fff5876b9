package io.pcache.memory;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.PersistentMemoryLibrary;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Persistent memory, with libpmem, which knows the processor's instructions.
 *
 * <p>Data is copied with non-temporal stores at every size. The table has nanoseconds of copy and drain, as lower
 * quartiles of 25 short runs. The target lines were not in the CPU caches, and DRAM stood in for persistent memory, on
 * a shared 2-CPU virtual machine (AMD EPYC, family 26 model 2, JDK 17; the benchmark is DurableCopyBenchmark in the
 * tests):
 *
 * <pre>
 *   bytes                       64   128   256   512  1024  2048  4096  16384  131072  1048576
 *   non-temporal               299   229   136   143   158   172   203    352    2355    21428
 *   copy, libpmem flush        354   298   209   228   259   309   534   1736   14834   107800
 *   copy, JDK write-back       441   422   407   343   351   371   746   2727   22501   135519
 * </pre>
 *
 * In a second, smaller run at 512 bytes, the flush was faster with an aligned source (222 ns against 290), and slower
 * with a source that is not aligned (216 ns against 159). Up to this size the two are alike within that machine's
 * noise. At 4096 bytes non-temporal stores won in both runs, in the second run by a factor of 1.4, and at 65536 bytes
 * there by more than 3. The source's alignment made no difference beyond the noise. So one way serves every size. The
 * runs do not show real persistent memory. Nor do they show the cost of reading the bytes again soon: the bytes are
 * then out of the CPU caches. A call through JNR-FFI (a drain with nothing to wait for) costs about 10 ns.
 *
 * <p>Where the JVM reports late that a page is not there or is poisoned (JDK 17), the kernel makes the loads: from a
 * file by pread, from device-DAX by {@link KernelCopy}. The table has nanoseconds for each copy, as lower quartiles of
 * 25 runs of 2000 copies, with tmpfs in place of persistent memory, on the machine above while it was busy with other
 * things:
 *
 * <pre>
 *   bytes          512    4096   16384   65536
 *   mapping         66      86    1056    3296
 *   pread          519     648    2200   12061
 *   kernel copy   1052    1427    3594   14747
 * </pre>
 */
final class DaxMemory extends MappedMemory {
    private static final ThreadLocal<ByteBuffer> WORDS =
            ThreadLocal.withInitial(() -> NativeMemory.allocate(Long.BYTES));

    private final PersistentMemoryLibrary library;
    /** Null where the processor itself makes the loads. */
    private final AddressedLoads loads;
    /** Null where there is no device. */
    private final PageProbe probe;

    /** @param loads how to load where the JVM reports missing pages late; null where it reports them at once */
    DaxMemory(Mapping mapping, PersistentMemoryLibrary library, AddressedLoads loads) {
        super(mapping);
        this.library = library;
        this.loads = loads;
        this.probe = mapping.file() == null ? null : new PageProbe(mapping.file(), mapping.address());
    }

    @Override
    public void prepare(long offset, int length) {
        checkRange(offset, length);
        if (probe != null) {
            probe.requireGood(offset, length);
        }
    }

    private ByteBuffer word(long offset, int length) {
        checkRange(offset, length);
        ByteBuffer word = WORDS.get();
        loads.read(offset, NativeMemory.address(word), length);
        return word;
    }

    @Override
    public byte getByte(long offset) {
        return loads == null ? super.getByte(offset) : word(offset, Byte.BYTES).get(0);
    }

    @Override
    public int getInt(long offset) {
        return loads == null
                ? super.getInt(offset)
                : word(offset, Integer.BYTES).getInt(0);
    }

    @Override
    public long getLong(long offset) {
        return loads == null ? super.getLong(offset) : word(offset, Long.BYTES).getLong(0);
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        if (loads == null) {
            super.copyOut(offset, target, targetIndex, length);
            return;
        }
        checkRange(offset, length);
        Objects.checkFromIndexSize(targetIndex, length, target.limit());
        loads.copyOut(offset, target, targetIndex, length);
    }

    @Override
    String durability() {
        return "non-temporal stores and cache-line write-back make stores durable";
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        if (!source.isDirect()) {
            super.copyIn(offset, source, sourceIndex, length);
            writeBack(offset, length);
            return;
        }
        checkRange(offset, length);
        // The library does not know the buffer's bounds.
        Objects.checkFromIndexSize(sourceIndex, length, source.limit());
        library.copyNonTemporal(address(offset), NativeMemory.address(source) + sourceIndex, length);
        Reference.reachabilityFence(source);
    }

    @Override
    public void writeBack(long offset, int length) {
        checkRange(offset, length);
        library.flush(address(offset), length);
    }

    @Override
    public void drain() {
        library.drain();
    }

    @Override
    public void sync() {}

    @Override
    public boolean syncIsSlow() {
        return false;
    }
}
