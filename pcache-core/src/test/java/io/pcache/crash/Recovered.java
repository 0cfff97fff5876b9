package io.pcache.crash;

import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Verify;
import io.pcache.health.CacheEvents;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.CacheInfoLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.recovery.Activation;
import io.pcache.segment.CachedData;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a device gives: the content of its judged sectors, read without a request queue, so that thousands of states can
 * be judged.
 */
final class Recovered {
    private final CacheMemory cache;
    private final SimulatedMemory backing;
    private final ByteBuffer sector = ByteBuffer.allocate(Zones.SECTOR);
    private final long[] extent = new long[1];

    private Recovered(CacheMemory cache, SimulatedMemory backing) {
        this.cache = cache;
        this.backing = backing;
    }

    /**
     * Activates a cache on what a crash left, and judges it.
     *
     * @param carryOver what a killed predecessor has left beside it; null for nothing
     * @param gcPercents of which the cache must have one
     * @return the content of the judged sectors
     */
    static int[] activate(
            CacheMemory cache, SimulatedMemory backing, boolean dataCrc, Path carryOver, int... gcPercents) {
        List<String> events = new ArrayList<>();
        Activation.Result result;
        try {
            result = Activation.activate(cache, Zones.DEVICE_BYTES, config(dataCrc, carryOver, events));
        } catch (PCacheException e) {
            throw new AssertionError("the cache does not activate: " + e.getMessage(), e);
        }
        int percent = CacheInfoLayout.gcPercent(result.info().getInt(CacheInfoLayout.FLAGS));
        boolean known = false;
        for (int allowed : gcPercents) {
            known |= percent == allowed;
        }
        if (!known) {
            throw new AssertionError("gc_percent is " + percent);
        }
        if (!events.isEmpty()) {
            throw new AssertionError("activation complains: " + events);
        }
        int[] content = content(result.data(), result.index(), backing);
        result.releaseMemory();
        return content;
    }

    /**
     * @param events gets every event but that the cache is full, or larger than its backing device; there should be
     *     none
     */
    static PCacheConfig config(boolean dataCrc, Path carryOver, List<String> events) {
        return PCacheConfig.builder(Zones.DEVICE_BYTES)
                .dataCrc(dataCrc)
                .overwriteForeign(true)
                .verify(Verify.ALL)
                .carryOver(carryOver)
                .events((kind, text) -> {
                    if (kind != CacheEvents.Kind.CACHE_FULL && kind != CacheEvents.Kind.NOTICE) {
                        events.add(kind + " " + text);
                    }
                })
                .build();
    }

    /** What an activated cache gives. */
    static int[] content(CachedData data, CacheIndex index, SimulatedMemory backing) {
        Recovered recovered = new Recovered(data.memory(), backing);
        int[] ids = new int[Zones.COUNT];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = recovered.id(data, index, Zones.offset(i));
        }
        return ids;
    }

    /** What a backing device gives whose cache is gone. */
    static int[] content(SimulatedMemory backing) {
        Recovered recovered = new Recovered(null, backing);
        int[] ids = new int[Zones.COUNT];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = recovered.id(backing, Zones.offset(i), Zones.offset(i));
        }
        return ids;
    }

    private int id(CachedData data, CacheIndex index, long offset) {
        int subtree = CacheIndex.subtree(offset);
        if (index.find(subtree, CacheIndex.sector(offset), 1, extent) == 0) {
            return id(backing, offset, offset);
        }
        long place = data.offset(Extent.segment(extent[0]), Extent.place(extent[0]) * Zones.SECTOR);
        return id(cache, place, offset);
    }

    private int id(CacheMemory from, long place, long offset) {
        from.copyOut(place, sector, 0, Zones.SECTOR);
        return Zones.idOf(sector, 0, offset);
    }
}
