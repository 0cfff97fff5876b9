package io.pcache.memory;

import io.pcache.media.Checksum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * A cache device that can lose power at any step. The device keeps apart what the medium surely holds and what loads
 * see. For all bytes on their way, the device also keeps every content since the bytes were last durable. So
 * {@link #crashStates} can give each device that a power cut could leave.
 *
 * <p>What is on its way:
 *
 * <ul>
 *   <li>{@link CacheMemory.Kind#DAX}: a stored byte, until one thread has written its cache line back after the store,
 *       and then drained. Each 8-byte word of the line may have any of its contents since then, whatever the other
 *       words have. (Processors keep more order than this within a line; the contract of {@link CacheMemory} does not.)
 *   <li>{@link CacheMemory.Kind#PAGE_CACHE}: a stored byte, until a sync that began after the store has completed. Each
 *       512-byte sector may have any of its contents since then, whatever the other sectors have. Bytes that a failed
 *       sync covered stay on their way until they are stored and synced again.
 * </ul>
 *
 * <p>A {@link Listener} is told of every step, on the thread that made the step; power is cut there. Thread-safe: one
 * lock around every call. Pages without a store take no memory.
 */
public final class SimulatedMemory implements CacheMemory {

    /** What has just happened. */
    public enum Step {
        STORE,
        WRITE_BACK,
        DRAIN,
        SYNC_BEGUN,
        SYNC,
        STORE_DURABLY,
        DISCARD
    }

    /** Called with the memory locked, after each step; for a sync, also when the sync has begun. */
    @FunctionalInterface
    public interface Listener {
        /** @param length bytes; 0 for DRAIN and for both steps of a sync */
        void after(Step step, long offset, int length);
    }

    private long syncs;
    private static final Listener NOBODY = (step, offset, length) -> {};

    /** A write-back under way, with the version that the block had when the write-back began. */
    private record WriteBack(long blockOffset, ByteBuffer version) {}

    private final Kind kind;
    private final long size;
    private final int blockBytes;
    private final int unitBytes;
    private final SparseImage seen;
    private final SparseImage durable;
    // Ordered, so that a test with a fixed seed makes the same states in each run.
    private final TreeMap<Long, UndurableBlock> undurable = new TreeMap<>();
    private final Map<Object, List<WriteBack>> writeBacks = new HashMap<>();
    private final TreeMap<Long, Long> poison = new TreeMap<>();
    private final Checksum checksum = new Checksum();
    private final ByteBuffer scratch =
            ByteBuffer.allocate(SparseImage.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private Listener listener = NOBODY;
    private boolean failSyncs;
    private Object actor;
    private long steps;

    /** A device full of zeros. {@code kind} is DAX or PAGE_CACHE. */
    public SimulatedMemory(Kind kind, long size) {
        this(kind, new SparseImage(size));
    }

    SimulatedMemory(Kind kind, SparseImage medium) {
        this(kind, medium, medium.copy());
    }

    private SimulatedMemory(Kind kind, SparseImage medium, SparseImage seen) {
        if (kind == Kind.VOLATILE) {
            throw new IllegalArgumentException("nothing survives a power cut on VOLATILE");
        }
        this.kind = kind;
        this.size = medium.size();
        this.blockBytes = kind == Kind.DAX ? 64 : 512;
        this.unitBytes = kind == Kind.DAX ? 8 : 512;
        this.durable = medium;
        this.seen = seen;
    }

    // ---- for the test

    /** Tells the listener of every step from now on, in place of any earlier listener; null for none. */
    public synchronized void listen(Listener newListener) {
        listener = newListener == null ? NOBODY : newListener;
    }

    /**
     * From now on, every call counts as a call of this thread, whichever thread calls: for tests that play several
     * threads on one. Null ends this.
     */
    public synchronized void actAs(Object newActor) {
        actor = newActor;
    }

    private Object actor() {
        return actor == null ? Thread.currentThread() : actor;
    }

    /** The number of steps so far, as the listener counts them. */
    public synchronized long steps() {
        return steps;
    }

    /** Puts bytes on the medium as if they had always been there. */
    public synchronized void preload(long offset, ByteBuffer bytes) {
        if (!undurable.isEmpty()) {
            throw new IllegalStateException("preload comes before the first store");
        }
        durable.write(offset, bytes, bytes.position(), bytes.remaining());
        seen.write(offset, bytes, bytes.position(), bytes.remaining());
    }

    /** From now on, loads of these bytes fail, as on a worn-out medium; stores do not fail. Survives power cuts. */
    public synchronized void poison(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
        poison.merge(offset, offset + length, Math::max);
    }

    public synchronized void healPoison() {
        poison.clear();
    }

    /**
     * Whether syncs of the PAGE_CACHE kind fail (EIO) from now on. The bytes that such a sync covered stay undurable.
     */
    public synchronized void failSyncs(boolean fail) {
        failSyncs = fail;
    }

    /** Whether all bytes of the range are surely on the medium. */
    public synchronized boolean isDurable(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, size);
        return undurable.subMap(blockOf(offset), true, offset + length, false).isEmpty();
    }

    /** The devices that a power cut at this moment could leave. Later steps of this memory do not change them. */
    public synchronized CrashStates crashStates() {
        List<UndurableBlock.Unit> units = new ArrayList<>();
        for (UndurableBlock block : undurable.values()) {
            block.addUnits(unitBytes, units);
        }
        return new CrashStates(kind, durable.copy(), new TreeMap<>(poison), units);
    }

    /** The device that an orderly end leaves, with all that was stored. */
    public synchronized SimulatedMemory reopened() {
        return withPoison(new SimulatedMemory(kind, seen.copy()), poison);
    }

    /**
     * The device that a successor of a killed process finds. Loads see all that was stored. What was on its way still
     * is, but write-backs that the dead threads had not drained are lost. Independent of this memory from now on.
     */
    public synchronized SimulatedMemory afterKill() {
        SimulatedMemory successor = new SimulatedMemory(kind, durable.copy(), seen.copy());
        undurable.forEach((offset, block) -> successor.undurable.put(offset, block.copy()));
        return withPoison(successor, poison);
    }

    static SimulatedMemory withPoison(SimulatedMemory memory, Map<Long, Long> poison) {
        memory.poison.putAll(poison);
        return memory;
    }

    /** Writes what loads see to a sparse file, for a look at it after a test has failed. */
    public synchronized void writeTo(Path path) throws IOException {
        seen.writeTo(path);
    }

    // ---- for the engine

    @Override
    public Kind kind() {
        return kind;
    }

    @Override
    public String describe() {
        return "simulated " + kind + " memory, " + size + " bytes";
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public synchronized byte getByte(long offset) {
        load(offset, scratch, 0, Byte.BYTES);
        return scratch.get(0);
    }

    @Override
    public synchronized int getInt(long offset) {
        load(offset, scratch, 0, Integer.BYTES);
        return scratch.getInt(0);
    }

    @Override
    public synchronized long getLong(long offset) {
        load(offset, scratch, 0, Long.BYTES);
        return scratch.getLong(0);
    }

    @Override
    public synchronized void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        load(offset, target, targetIndex, length);
    }

    @Override
    public synchronized int checksum(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        checksum.begin();
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(scratch.capacity(), length - done);
            load(offset + done, scratch, 0, piece);
            checksum.update(scratch, 0, piece);
        }
        return checksum.value();
    }

    private void load(long offset, ByteBuffer target, int targetIndex, int length) {
        requireNoPoison("load", offset, length);
        seen.read(offset, target, targetIndex, length);
    }

    private void requireNoPoison(String what, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        Map.Entry<Long, Long> bad = poison.lowerEntry(offset + length);
        // Ranges may overlap; a range that begins earlier may reach further.
        for (; bad != null; bad = poison.lowerEntry(bad.getKey())) {
            if (bad.getValue() > offset) {
                throw new CacheMemoryException("poisoned: " + what + " of " + length + " bytes at " + offset);
            }
        }
    }

    /** Finds poison, as on persistent memory; the other kind has nothing to find. */
    @Override
    public synchronized void prepare(long offset, int length) {
        if (kind == Kind.DAX) {
            requireNoPoison("preparation", offset, length);
        }
    }

    @Override
    public synchronized void putInt(long offset, int value) {
        scratch.putInt(0, value);
        store(offset, scratch, 0, Integer.BYTES);
    }

    @Override
    public synchronized void putLong(long offset, long value) {
        scratch.putLong(0, value);
        store(offset, scratch, 0, Long.BYTES);
    }

    @Override
    public synchronized void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        store(offset, source, sourceIndex, length);
        writeBack(offset, length);
    }

    @Override
    public synchronized void zero(long offset, int length) {
        store(offset, ByteBuffer.allocate(length), 0, length);
        writeBack(offset, length);
    }

    /**
     * Discards sectors, as a disk does: from now on, each holds what it held, zeros, or anything else. What a power cut
     * leaves of them stays in doubt, whatever is synced, until they are stored again. Pages without a store go on to
     * hold zeros.
     */
    public synchronized void discard(long offset, int length, Random random) {
        Objects.checkFromIndexSize(offset, length, size);
        if ((offset | length) % SparseImage.PAGE_BYTES != 0) {
            throw new IllegalArgumentException(length + " bytes at " + offset + " are not whole pages");
        }
        byte[] sector = new byte[blockBytes];
        for (long at = offset; at < offset + length; at += blockBytes) {
            if (seen.isStored(at) && random.nextInt(3) > 0) {
                random.nextBytes(sector);
                change(at, ByteBuffer.wrap(random.nextBoolean() ? sector : new byte[blockBytes]), 0, blockBytes);
                UndurableBlock block = undurable.get(at);
                if (block != null) {
                    block.dirty = false;
                }
            }
        }
        made(Step.DISCARD, offset, length);
    }

    private void store(long offset, ByteBuffer source, int sourceIndex, int length) {
        change(offset, source, sourceIndex, length);
        made(Step.STORE, offset, length);
    }

    private void change(long offset, ByteBuffer source, int sourceIndex, int length) {
        seen.write(offset, source, sourceIndex, length);
        for (long block = blockOf(offset); block < offset + length; block += blockBytes) {
            UndurableBlock undurableBlock = undurable.get(block);
            if (undurableBlock == null) {
                undurableBlock = new UndurableBlock(block, contents(durable, block));
            }
            // If the stored bytes are those that the medium holds already, the block has nothing on its way.
            undurableBlock.storedAt = steps;
            if (undurableBlock.stored(contents(seen, block))) {
                undurable.put(block, undurableBlock);
            }
        }
    }

    private long blockOf(long offset) {
        return offset & -blockBytes;
    }

    private ByteBuffer contents(SparseImage image, long block) {
        ByteBuffer contents = ByteBuffer.allocate(blockBytes);
        image.read(block, contents, 0, (int) Math.min(blockBytes, size - block));
        return contents;
    }

    @Override
    public synchronized void writeBack(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        if (kind == Kind.DAX && length > 0) {
            List<WriteBack> mine = writeBacks.computeIfAbsent(actor(), a -> new ArrayList<>());
            undurable
                    .subMap(blockOf(offset), true, offset + length, false)
                    .values()
                    .forEach(block -> mine.add(new WriteBack(block.offset, block.newest())));
        }
        made(Step.WRITE_BACK, offset, length);
    }

    @Override
    public synchronized void drain() {
        List<WriteBack> mine = writeBacks.remove(actor());
        if (mine != null) {
            mine.forEach(this::arrived);
        }
        made(Step.DRAIN, 0, 0);
    }

    // A drain of another thread may have brought this version, or a later one, to the medium already.
    private void arrived(WriteBack writeBack) {
        UndurableBlock block = undurable.get(writeBack.blockOffset);
        if (block == null || !block.holds(writeBack.version)) {
            return;
        }
        int length = (int) Math.min(blockBytes, size - block.offset);
        durable.write(block.offset, writeBack.version, 0, length);
        UndurableBlock rest = block.durableUpTo(writeBack.version);
        if (rest == null) {
            undurable.remove(block.offset);
        } else {
            undurable.put(block.offset, rest);
        }
    }

    /** Stores bytes, and makes them durable, and nothing else. A store that fails may be durable all the same. */
    public synchronized void storeDurably(long offset, ByteBuffer source, int sourceIndex, int length) {
        copyIn(offset, source, sourceIndex, length);
        if (failSyncs) {
            throw new CacheMemoryException("simulated failure of a durable store (EIO)");
        }
        for (UndurableBlock block : List.copyOf(
                undurable.subMap(blockOf(offset), true, offset + length, false).values())) {
            arrived(new WriteBack(block.offset, block.newest()));
        }
        made(Step.STORE_DURABLY, offset, length);
    }

    /** How often {@link #sync} was called. */
    public long syncs() {
        return syncs;
    }

    @Override
    public void sync() {
        syncs++;
        if (kind == Kind.DAX) {
            return;
        }
        List<WriteBack> covered = beginSync();
        endSync(covered);
    }

    // The lock is free between beginning and end of a sync, so other threads may store meanwhile. The sync does not
    // cover these stores.
    private synchronized List<WriteBack> beginSync() {
        List<WriteBack> covered = new ArrayList<>();
        for (UndurableBlock block : undurable.values()) {
            if (block.dirty) {
                covered.add(new WriteBack(block.offset, block.newest()));
            }
        }
        made(Step.SYNC_BEGUN, 0, 0);
        return covered;
    }

    private synchronized void endSync(List<WriteBack> covered) {
        if (failSyncs) {
            for (WriteBack writeBack : covered) {
                UndurableBlock block = undurable.get(writeBack.blockOffset);
                if (block != null && block.newest() == writeBack.version) {
                    block.dirty = false;
                }
            }
            throw new CacheMemoryException("simulated failure of sync (EIO)");
        }
        covered.forEach(this::arrived);
        made(Step.SYNC, 0, 0);
    }

    private void made(Step step, long offset, int length) {
        steps++;
        listener.after(step, offset, length);
    }

    @Override
    public boolean syncIsSlow() {
        return kind == Kind.PAGE_CACHE;
    }

    @Override
    public long address(long offset) {
        return 0;
    }

    /**
     * Does nothing: what was on its way still is, and the test goes on with {@link #crashStates} or {@link #reopened}.
     */
    @Override
    public void close() {}
}
