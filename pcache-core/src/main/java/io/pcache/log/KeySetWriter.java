package io.pcache.log;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToLongFunction;

/**
 * Writes key-sets to the medium so that a crash at any point leaves a log that is whole.
 *
 * <p><b>Order of stores.</b> The first 8 bytes of a key-set (checksum and number of keys) make the key-set valid, in
 * one store that is never torn.
 *
 * <ol>
 *   <li>First come all bytes of the key-set but its first word, which stays zero, and a terminator behind the key-set.
 *       If the log changes segment, a LAST key-set without its first word comes in front. Then drain and sync. The sync
 *       also covers the data that the keys name: the writers of the data had drained before they appended.
 *   <li>Then come the first words. Then drain and sync.
 * </ol>
 *
 * On the page cache, a lone key-set that lies in one sector together with its terminator needs no second step: no crash
 * tears a sector. Only the data comes first, with a sync of its own, unless it is durable already.
 *
 * <p>Where the disk takes durable writes of lone blocks ({@link DurableWrites}), such a key-set is one of them, and so
 * is the first word of any lone key-set: the whole block, whose other bytes stay as they are. That spares a flush.
 *
 * <p>After a crash at any point, the log ends in zeros, or in a first word of zero. It never runs on into what the
 * segment held before, and a key-set is never there before its data. A kill of the process loses no store; the log then
 * has all of the key-sets or none.
 */
final class KeySetWriter {
    /** No device has larger blocks. */
    private static final int BLOCK_BYTES = 4096;

    private static final long NO_BLOCK = -1;

    private final CacheMemory memory;
    private final IntToLongFunction dataOffsets;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer sector = ByteBuffer.allocateDirect(DeviceLayout.SECTOR_BYTES);
    private boolean dataIsDurable;
    private long storedBytes;
    /** Where the last unit ends that was counted. */
    private long countedEnd;

    /** Null where there is none. */
    private DurableWrites durableWrites;

    private final ByteBuffer block = NativeMemory.allocateAligned(BLOCK_BYTES, BLOCK_BYTES);
    /** Where on the device the block is whose bytes are in {@link #block}; {@link #NO_BLOCK} for none. */
    private long blockAt = NO_BLOCK;

    private final ByteBuffer last =
            ByteBuffer.allocateDirect(KeySetLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** @param dataOffsets device offset of a cache segment's data area */
    KeySetWriter(CacheMemory memory, IntToLongFunction dataOffsets) {
        this.memory = memory;
        this.dataOffsets = dataOffsets;
    }

    /**
     * Writes the key-sets whose numbers are from {@code first} to {@code until - 1}; at least one. When this returns,
     * they are durable.
     *
     * @throws io.pcache.memory.CacheMemoryException when the device fails; what has arrived there is not known then
     */
    void write(KeySetRing ring, long first, long until) {
        if (until - first == 1 && isInOneSector(ring.keySet(first))) {
            writeAtOnce(ring.keySet(first));
            return;
        }
        blockAt = NO_BLOCK;
        countedEnd = 0;
        for (long number = first; number < until; number++) {
            KeySetBuffer buffer = ring.keySet(number);
            long at = deviceOffset(buffer.position);
            if (buffer.hopFrom != KeySetBuffer.NO_HOP) {
                writeLast(buffer);
            }
            buffer.finish(checksum);
            // Behind the key-set: a terminator, or the place of the next key-set, whose own first word is still zero at
            // this point.
            memory.zero(at + buffer.length(), KeySetLayout.HEADER_BYTES);
            count(at, buffer.length() + KeySetLayout.HEADER_BYTES);
            memory.putLong(at, 0);
            memory.copyIn(at + Long.BYTES, buffer.bytes, Long.BYTES, buffer.length() - Long.BYTES);
            memory.writeBack(at, Long.BYTES);
        }
        memory.drain();
        memory.sync();
        if (durableWrites != null && until - first == 1 && ring.keySet(first).hopFrom == KeySetBuffer.NO_HOP) {
            writeDurably(deviceOffset(ring.keySet(first).position), ring.keySet(first).bytes, Long.BYTES, 0);
            return;
        }
        countedEnd = 0;
        // Newest first: if a crash cuts this short, the log ends at the oldest key-set whose first word is missing,
        // whatever stands behind.
        for (long number = until - 1; number >= first; number--) {
            KeySetBuffer buffer = ring.keySet(number);
            long at = deviceOffset(buffer.position);
            memory.putLong(at, buffer.bytes.getLong(0));
            memory.writeBack(at, Long.BYTES);
            count(at, Long.BYTES);
            if (buffer.hopFrom != KeySetBuffer.NO_HOP) {
                commitLast(buffer);
            }
        }
        memory.drain();
        memory.sync();
    }

    private boolean isInOneSector(KeySetBuffer buffer) {
        long at = deviceOffset(buffer.position);
        long end = at + buffer.length() + KeySetLayout.HEADER_BYTES - 1;
        return memory.kind() == CacheMemory.Kind.PAGE_CACHE
                && buffer.hopFrom == KeySetBuffer.NO_HOP
                && at >>> DeviceLayout.SECTOR_SHIFT == end >>> DeviceLayout.SECTOR_SHIFT;
    }

    private void writeAtOnce(KeySetBuffer buffer) {
        if (!dataIsDurable) {
            memory.sync();
        }
        buffer.finish(checksum);
        int length = buffer.length();
        if (durableWrites != null) {
            writeDurably(deviceOffset(buffer.position), buffer.bytes, length, KeySetLayout.HEADER_BYTES);
            return;
        }
        sector.put(0, buffer.bytes, 0, length);
        for (int i = length; i < length + KeySetLayout.HEADER_BYTES; i++) {
            sector.put(i, (byte) 0);
        }
        countedEnd = 0;
        count(deviceOffset(buffer.position), length);
        // In one call: the page may be on its way to the medium between two.
        memory.copyIn(deviceOffset(buffer.position), sector, 0, length + KeySetLayout.HEADER_BYTES);
        memory.drain();
        memory.sync();
    }

    /** Writes bytes, and zeros behind them, all within one block. */
    private void writeDurably(long at, ByteBuffer bytes, int length, int zeros) {
        long start = at & -BLOCK_BYTES;
        if (blockAt != start) {
            memory.copyOut(start, block, 0, BLOCK_BYTES);
        }
        int index = (int) (at - start);
        block.put(index, bytes, 0, length);
        for (int i = index + length; i < index + length + zeros; i++) {
            block.put(i, (byte) 0);
        }
        storedBytes += BLOCK_BYTES;
        blockAt = NO_BLOCK;
        durableWrites.write(start, block, 0, BLOCK_BYTES);
        blockAt = start;
    }

    /** Counts what the medium writes for stores. The stores between two syncs come in ascending or descending order. */
    private void count(long at, int length) {
        int unit = memory.storeUnitBytes();
        long start = at & -unit;
        long end = at + length + unit - 1 & -unit;
        if (end == countedEnd) {
            return;
        }
        storedBytes += end - (start < countedEnd && countedEnd < end ? countedEnd : start);
        countedEnd = end;
    }

    /** Bytes that the medium has written for the log. */
    long storedBytes() {
        return storedBytes;
    }

    /** From now on, lone blocks are written so. The device offsets of segments are multiples of a block. */
    void writeDurablyBy(DurableWrites writes) {
        durableWrites = writes;
    }

    /** From now on, data is durable when its key is accepted. */
    void dataIsDurable() {
        dataIsDurable = true;
    }

    /**
     * To be called before a {@link #write} to segments that nobody has prepared.
     *
     * @throws io.pcache.memory.CacheMemoryException if the device is known to fail there; nothing has changed then
     */
    void prepare(KeySetRing ring, long first, long until) {
        for (long number = first; number < until; number++) {
            KeySetBuffer buffer = ring.keySet(number);
            memory.prepare(deviceOffset(buffer.position), buffer.length() + KeySetLayout.HEADER_BYTES);
            if (buffer.hopFrom != KeySetBuffer.NO_HOP) {
                memory.prepare(deviceOffset(buffer.hopFrom), KeySetLayout.HEADER_BYTES);
            }
        }
    }

    private void writeLast(KeySetBuffer buffer) {
        long at = deviceOffset(buffer.hopFrom);
        memory.putLong(at, 0);
        memory.putLong(at + KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        memory.putLong(at + KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
        memory.writeBack(at, KeySetLayout.HEADER_BYTES);
    }

    private void commitLast(KeySetBuffer buffer) {
        KeySetBuffer.fillLast(last, Position.segment(buffer.position), checksum);
        long at = deviceOffset(buffer.hopFrom);
        memory.putLong(at, last.getLong(0));
        memory.writeBack(at, Long.BYTES);
    }

    private long deviceOffset(long position) {
        return dataOffsets.applyAsLong(Position.segment(position)) + Position.offset(position);
    }
}
