package io.pcache.crash;

import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * Cache devices that are blank only because the magic is gone. A cache was on them before, with metadata, a log and
 * data that are good by themselves. Also, at the start and near the end of every segment, where a log of the new life
 * will come by, key-sets with a good checksum stand close to each other. If any of this is taken for real, a judged
 * sector gets content that history does not know.
 */
final class OldLife {
    private static final int OLD_ID = 1 << 24;
    private static final int GARDEN_BYTES = 40 << 10;
    private static final int GARDEN_SEGMENT = 30;
    private static final Map<Kind, SimulatedMemory> DEVICES = new EnumMap<>(Kind.class);

    private OldLife() {}

    /** A copy of the device for the caller alone. */
    static SimulatedMemory device(Kind kind) {
        return DEVICES.computeIfAbsent(kind, OldLife::live).afterKill();
    }

    private static SimulatedMemory live(Kind kind) {
        SimulatedMemory memory = new SimulatedMemory(kind, CrashRun.CACHE_BYTES);
        plantKeySets(memory);
        try {
            CrashBacking backing = new CrashBacking(512, new Random(1));
            TestCache cache = new TestCache(
                    memory,
                    backing,
                    PCacheConfig.builder(backing.sizeBytes())
                            .dataCrc(true)
                            .overwriteForeign(true)
                            .build(),
                    1);
            for (int sector = 0; sector < Zones.COUNT; sector++) {
                ByteBuffer data = ByteBuffer.allocate(Zones.SECTOR);
                Zones.stamp(data, OLD_ID + sector, Zones.offset(sector), Zones.SECTOR);
                cache.writeFua(Zones.offset(sector), data.array());
            }
            cache.close();
        } catch (io.pcache.cache.PCacheException e) {
            throw new IllegalStateException(e);
        }
        memory.putLong(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_BLANK);
        return memory.reopened();
    }

    private static void plantKeySets(SimulatedMemory memory) {
        ByteBuffer data = ByteBuffer.allocate(Zones.SECTOR);
        Zones.stamp(data, OLD_ID, Zones.offset(0), Zones.SECTOR);
        memory.preload(DeviceLayout.segmentData(GARDEN_SEGMENT) + (1 << 20), data);
        ByteBuffer keySet = keySet(new Checksum().of(data, 0, Zones.SECTOR));
        int size = keySet.capacity();
        ByteBuffer garden = ByteBuffer.allocate(GARDEN_BYTES / size * size);
        for (int at = 0; at < garden.capacity(); at += size) {
            garden.put(at, keySet, 0, size);
        }
        for (int segment = 0; segment < DeviceLayout.segmentsIn(memory.size()); segment++) {
            long start = DeviceLayout.segmentData(segment);
            memory.preload(start + KeySetLayout.HEADER_BYTES, garden);
            memory.preload(start + DeviceLayout.SEGMENT_DATA_BYTES - garden.capacity(), garden);
        }
    }

    /** A key-set of one key. */
    private static ByteBuffer keySet(int dataCrc) {
        ByteBuffer bytes = ByteBuffer.allocate(KeySetLayout.bytes(1)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(KeySetLayout.KEY_NUM, 1);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        int key = KeySetLayout.key(0);
        bytes.putLong(key + KeyLayout.OFFSET, Zones.offset(0));
        bytes.putInt(key + KeyLayout.LENGTH, Zones.SECTOR);
        bytes.putInt(key + KeyLayout.SEGMENT, GARDEN_SEGMENT);
        bytes.putInt(key + KeyLayout.SEGMENT_OFFSET, 1 << 20);
        bytes.putInt(key + KeyLayout.DATA_CRC, dataCrc);
        bytes.putInt(
                KeySetLayout.CRC,
                new Checksum().of(bytes, KeySetLayout.CHECKSUMMED, bytes.capacity() - KeySetLayout.CHECKSUMMED));
        return bytes;
    }
}
