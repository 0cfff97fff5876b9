package io.pcache.crash;

import io.pcache.log.Position;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.SimulatedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Forges caches: changes fields of a good cache, mostly to values at which a careless reader would trip, and mostly
 * with checksums that are right afterwards. All is drawn from the given generator. The good cache stays as it is.
 */
final class HostileMedia {
    private static final int[] KEY_FIELDS = {
        KeyLayout.LENGTH, KeyLayout.FLAGS, KeyLayout.SEGMENT, KeyLayout.SEGMENT_OFFSET, KeyLayout.DATA_CRC
    };

    private final SimulatedMemory good;
    private final List<Long> keySets = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();
    private long logEnd;
    private final int segments;
    private final long backingBytes;
    private final Checksum checksum = new Checksum();
    private SimulatedMemory forged;
    private Random random;

    /** @param good a cache with the chain 0, 1, 2, … and a log of a few thousand key-sets at most */
    HostileMedia(SimulatedMemory good, long backingBytes) {
        this.good = good;
        this.segments = DeviceLayout.segmentsIn(good.size());
        this.backingBytes = backingBytes;
        long position = newestTail();
        while (true) {
            long at = place(position);
            positions.add(position);
            if (good.getLong(at) == 0 || good.getLong(at + KeySetLayout.MAGIC) != KeySetLayout.MAGIC_VALUE) {
                logEnd = at;
                break;
            }
            keySets.add(at);
            boolean last = (good.getLong(at + KeySetLayout.FLAGS) & KeySetLayout.FLAG_LAST) != 0;
            int number = good.getInt(at + KeySetLayout.KEY_NUM);
            position = last ? Position.of(number, 0) : position + KeySetLayout.bytes(number);
        }
    }

    private long newestTail() {
        long first = PositionLayout.KEY_TAIL;
        long second = first + PositionLayout.SPACING;
        boolean firstValid = isValid(first, PositionLayout.BYTES);
        boolean secondValid = isValid(second, PositionLayout.BYTES);
        boolean takeSecond = secondValid
                && (!firstValid
                        || HeaderLayout.isNewer(
                                good.getByte(second + HeaderLayout.SEQ), good.getByte(first + HeaderLayout.SEQ)));
        long newest = takeSecond ? second : first;
        return Position.of(good.getInt(newest + PositionLayout.SEGMENT), good.getInt(newest + PositionLayout.OFFSET));
    }

    private boolean isValid(long record, int bytes) {
        return good.getInt(record)
                == good.checksum(record + HeaderLayout.CHECKSUMMED, bytes - HeaderLayout.CHECKSUMMED);
    }

    private static long place(long position) {
        return DeviceLayout.segmentData(Position.segment(position)) + Position.offset(position);
    }

    int keySets() {
        return keySets.size();
    }

    /** A new forgery, independent of all others. */
    SimulatedMemory forge(Random drawn) {
        random = drawn;
        forged = good.reopened();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            change();
        }
        return forged;
    }

    private void change() {
        switch (random.nextInt(12)) {
            case 0 -> superblock();
            case 1 -> record(copy(DeviceLayout.CACHE_INFO, DeviceLayout.METADATA_SPACING), CacheInfoLayout.BYTES);
            case 2, 3 ->
                record(
                        copy(
                                random.nextBoolean() ? PositionLayout.KEY_TAIL : PositionLayout.DIRTY_TAIL,
                                PositionLayout.SPACING),
                        PositionLayout.BYTES);
            case 4 ->
                record(
                        copy(DeviceLayout.segment(random.nextInt(segments)), DeviceLayout.METADATA_SPACING),
                        SegmentInfoLayout.BYTES);
            case 5 ->
                record(
                        copy(
                                DeviceLayout.segment(random.nextInt(segments)) + DeviceLayout.SEGMENT_CONTROL,
                                GenerationLayout.SPACING),
                        GenerationLayout.BYTES);
            case 6, 7 -> header();
            case 8, 9 -> key();
            case 10 -> append();
            default -> noise();
        }
    }

    // ---- structures

    private static long copyOf(long first, int spacing, int copy) {
        return first + (long) spacing * copy;
    }

    private long copy(long first, int spacing) {
        return copyOf(first, spacing, random.nextInt(DeviceLayout.COPIES));
    }

    private void superblock() {
        ByteBuffer bytes = load(DeviceLayout.SUPERBLOCK, SuperblockLayout.BYTES);
        switch (random.nextInt(4)) {
            case 0 -> bytes.putInt(SuperblockLayout.SEG_NUM, number());
            case 1 -> bytes.putInt(SuperblockLayout.FLAGS, number());
            case 2 ->
                bytes.putLong(
                        SuperblockLayout.MAGIC,
                        random.nextBoolean() ? Long.reverseBytes(SuperblockLayout.MAGIC_VALUE) : random.nextLong());
            default -> bytes.putInt(SuperblockLayout.PADDING, number());
        }
        store(DeviceLayout.SUPERBLOCK, bytes, SuperblockLayout.CHECKSUMMED);
    }

    private void record(long at, int length) {
        ByteBuffer bytes = load(at, length);
        if (random.nextInt(4) == 0) {
            bytes.put(HeaderLayout.SEQ, (byte) random.nextInt());
        }
        int fields = (length - HeaderLayout.BYTES) / Integer.BYTES;
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            int field = HeaderLayout.BYTES + random.nextInt(fields) * Integer.BYTES;
            if (length == PositionLayout.BYTES && random.nextInt(3) == 0) {
                position(bytes);
            } else {
                bytes.putInt(field, number());
            }
        }
        store(at, bytes, HeaderLayout.CHECKSUMMED);
    }

    /** Draws a position at which a key-set begins, or nearly so. */
    private void position(ByteBuffer bytes) {
        long position = positions.get(random.nextInt(positions.size()));
        bytes.putInt(PositionLayout.SEGMENT, Position.segment(position));
        bytes.putInt(
                PositionLayout.OFFSET,
                Position.offset(position) + (random.nextInt(3) - 1) * Long.BYTES * random.nextInt(2));
    }

    private long anyKeySet() {
        return keySets.isEmpty() ? logEnd : keySets.get(random.nextInt(keySets.size()));
    }

    private void header() {
        long at = anyKeySet();
        ByteBuffer header = load(at, KeySetLayout.HEADER_BYTES);
        switch (random.nextInt(4)) {
            case 0 -> header.putInt(KeySetLayout.KEY_NUM, number());
            case 1 -> header.putLong(KeySetLayout.MAGIC, random.nextBoolean() ? 0 : random.nextLong());
            case 2 -> header.putLong(KeySetLayout.FLAGS, random.nextInt(4));
            default -> {
                header.putLong(KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
                header.putInt(KeySetLayout.NEXT_SEGMENT, random.nextInt(segments + 2));
            }
        }
        forged.preload(at, header);
        seal(at);
    }

    private void key() {
        long at = anyKeySet();
        int count = Math.max(1, Math.min(KeySetLayout.MAX_KEYS, forged.getInt(at + KeySetLayout.KEY_NUM)));
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            long key = at + KeySetLayout.key(random.nextInt(count));
            if (random.nextInt(3) == 0) {
                ByteBuffer value = ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, longNumber());
                forged.preload(key + (random.nextBoolean() ? KeyLayout.OFFSET : KeyLayout.GENERATION), value);
            } else {
                ByteBuffer value = ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(0, number());
                forged.preload(key + KEY_FIELDS[random.nextInt(KEY_FIELDS.length)], value);
            }
        }
        seal(at);
    }

    /** Extends the log: key-sets of forged keys, and LAST key-sets that lead anywhere. */
    private void append() {
        long at = logEnd;
        for (int sets = 1 + random.nextInt(4); sets > 0; sets--) {
            boolean last = random.nextInt(3) == 0;
            int keys = last ? 0 : 1 + random.nextInt(KeySetLayout.MAX_KEYS);
            ByteBuffer bytes = ByteBuffer.allocate(KeySetLayout.bytes(keys)).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
            bytes.putLong(KeySetLayout.FLAGS, last ? KeySetLayout.FLAG_LAST : 0);
            int next = random.nextInt(segments + 1);
            bytes.putInt(KeySetLayout.KEY_NUM, last ? next : keys);
            for (int i = 0; i < keys; i++) {
                forgedKey(bytes, KeySetLayout.key(i));
            }
            if (at + bytes.capacity() > good.size()) {
                return;
            }
            store(at, bytes, KeySetLayout.CHECKSUMMED);
            at = last ? DeviceLayout.segmentData(Math.min(next, segments - 1)) : at + bytes.capacity();
        }
    }

    private void forgedKey(ByteBuffer bytes, int at) {
        boolean sound = random.nextInt(16) != 0;
        int sectors = 1 + random.nextInt(64);
        bytes.putLong(
                at + KeyLayout.OFFSET,
                sound
                        ? (long) random.nextInt((int) (backingBytes >>> 22)) << 22 | random.nextInt(4096) << 9
                        : longNumber());
        bytes.putInt(at + KeyLayout.LENGTH, sound ? sectors << 9 : number());
        bytes.putInt(at + KeyLayout.FLAGS, random.nextInt(3) == 0 ? KeyLayout.FLAG_CLEAN : 0);
        bytes.putInt(at + KeyLayout.SEGMENT, sound ? random.nextInt(segments) : number());
        bytes.putInt(at + KeyLayout.SEGMENT_OFFSET, sound ? random.nextInt(32_000) << 9 : number());
        bytes.putLong(at + KeyLayout.GENERATION, random.nextInt(4) == 0 ? longNumber() : random.nextInt(3));
        bytes.putInt(at + KeyLayout.DATA_CRC, random.nextInt());
    }

    /** Changes bytes at random, among the metadata or in the log. */
    private void noise() {
        long around = switch (random.nextInt(4)) {
            case 0 -> random.nextInt((int) DeviceLayout.SEGMENTS);
            case 1 -> DeviceLayout.segment(random.nextInt(segments)) + random.nextInt(DeviceLayout.SEGMENT_DATA);
            case 2 -> logEnd - random.nextInt(64);
            default -> anyKeySet() + random.nextInt(KeySetLayout.MAX_BYTES);
        };
        ByteBuffer bytes = ByteBuffer.allocate(1 << random.nextInt(10));
        if (random.nextBoolean()) {
            random.nextBytes(bytes.array());
        }
        if (around + bytes.capacity() <= good.size()) {
            forged.preload(around, bytes);
        }
    }

    // ---- values and checksums

    private int number() {
        int[] edges = {
            0,
            1,
            -1,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            segments,
            segments - 1,
            segments + 1,
            KeySetLayout.MAX_KEYS,
            KeySetLayout.MAX_KEYS + 1,
            511,
            512,
            513,
            1024,
            DeviceLayout.SUBTREE_BYTES,
            DeviceLayout.SUBTREE_BYTES + 512,
            DeviceLayout.SEGMENT_DATA_BYTES,
            DeviceLayout.SEGMENT_DATA_BYTES - 512,
            DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES,
            DeviceLayout.SEGMENT_BYTES,
            DeviceLayout.MAX_SEGMENTS,
            DeviceLayout.MAX_SEGMENTS + 1
        };
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt(64);
            default -> edges[random.nextInt(edges.length)];
        };
    }

    private long longNumber() {
        long[] edges = {
            0,
            1,
            -1,
            511,
            512,
            backingBytes,
            backingBytes - 512,
            backingBytes + 512,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            1L << 22,
            (1L << 22) - 512,
            1L << 32,
            1L << 54,
            Long.MAX_VALUE - 511
        };
        return random.nextInt(3) == 0 ? random.nextLong() : edges[random.nextInt(edges.length)];
    }

    private ByteBuffer load(long at, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        forged.copyOut(at, bytes, 0, length);
        return bytes;
    }

    /** Stores bytes, nearly always with a good checksum in front. */
    private void store(long at, ByteBuffer bytes, int checksummed) {
        if (random.nextInt(10) != 0) {
            bytes.putInt(0, checksum.of(bytes, checksummed, bytes.capacity() - checksummed));
        }
        forged.preload(at, bytes);
    }

    /** Corrects a key-set's checksum, for as many keys as the key-set now says it has. */
    private void seal(long at) {
        boolean last = (forged.getLong(at + KeySetLayout.FLAGS) & KeySetLayout.FLAG_LAST) != 0;
        int keys = forged.getInt(at + KeySetLayout.KEY_NUM);
        int length = last || keys < 0 || keys > 2 * KeySetLayout.MAX_KEYS
                ? KeySetLayout.HEADER_BYTES
                : KeySetLayout.bytes(keys);
        if (at + length <= good.size()) {
            store(at, load(at, length), KeySetLayout.CHECKSUMMED);
        }
    }
}
