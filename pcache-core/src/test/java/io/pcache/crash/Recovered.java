package io.pcache.crash;

import io.pcache.cache.PCacheException;
import io.pcache.engine.CacheParts;
import io.pcache.engine.PCache;
import io.pcache.engine.TestCache;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
import io.pcache.segment.CachedData;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cache that is activated on the remains of a crash, and the content of its judged sectors. The content is read
 * without a request queue, so that thousands of states can be judged.
 */
final class Recovered implements AutoCloseable {
    private final PCache cache;
    private final CacheParts parts;
    private final SimulatedMemory backing;
    private final int[] found;

    /**
     * Activates the cache, and judges the activation.
     *
     * @param carryOver what a killed predecessor has left beside the cache; null for nothing
     * @param gcPercents the cache must have one of these
     */
    Recovered(
            CrashRun.Setup setup,
            CacheMode mode,
            CacheMemory memory,
            CrashBacking backing,
            Path carryOver,
            int... gcPercents) {
        List<String> events = new ArrayList<>();
        try {
            cache = PCache.open(memory, backing, setup.config(mode, carryOver, events));
        } catch (PCacheException e) {
            throw new AssertionError("the cache does not activate: " + e.getMessage(), e);
        }
        this.parts = TestCache.parts(cache);
        this.backing = backing.bytes();
        boolean known = false;
        for (int allowed : gcPercents) {
            known |= cache.gcPercent() == allowed;
        }
        if (!known) {
            throw new AssertionError("gc_percent is " + cache.gcPercent());
        }
        if (!events.isEmpty()) {
            throw new AssertionError("activation complains: " + events);
        }
        found = content(parts.data(), parts.index(), this.backing);
    }

    /** What the cache gave right after activation. */
    int[] content() {
        return found;
    }

    /**
     * Writes everything back, then evicts everything. A value must not change without a write: returns which value has
     * changed, or null.
     */
    String changes() {
        while (parts.writeBack().doWork()) {
            continue;
        }
        String changed = change("write-back", content(parts.data(), parts.index(), backing));
        if (changed == null) {
            changed = change("write-back, on the backing device", content(backing));
        }
        if (changed != null) {
            return changed;
        }
        parts.gc().setGcPercent(0);
        while (parts.gc().doWork()) {
            continue;
        }
        if (parts.index().entries() > 0) {
            return "not everything is evicted: " + cache.statusLine() + ", " + cache.problems();
        }
        return change("eviction", content(parts.data(), parts.index(), backing));
    }

    private String change(String after, int[] now) {
        for (int i = 0; i < now.length; i++) {
            if (now[i] != found[i]) {
                return "after " + after + " judged sector " + i + " (device byte " + Zones.offset(i) + ") holds write "
                        + now[i] + ", and held " + found[i];
            }
        }
        return null;
    }

    /** Gives back what the cache holds of the machine. The devices stay as a crash would leave them. */
    @Override
    public void close() {
        cache.close();
    }

    /** What an activated cache gives. */
    static int[] content(CachedData data, CacheIndex index, SimulatedMemory backing) {
        Sectors sectors = new Sectors();
        int[] ids = new int[Zones.COUNT];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = sectors.id(data, index, backing, Zones.offset(i));
        }
        return ids;
    }

    /** What a backing device gives after the loss of its cache. */
    static int[] content(SimulatedMemory backing) {
        Sectors sectors = new Sectors();
        int[] ids = new int[Zones.COUNT];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = sectors.id(backing, Zones.offset(i), Zones.offset(i));
        }
        return ids;
    }

    private static final class Sectors {
        private final ByteBuffer sector = ByteBuffer.allocate(Zones.SECTOR);
        private final long[] extent = new long[1];

        int id(CachedData data, CacheIndex index, SimulatedMemory backing, long offset) {
            if (index.find(CacheIndex.subtree(offset), CacheIndex.sector(offset), 1, extent) == 0) {
                return id(backing, offset, offset);
            }
            long place = data.offset(Extent.segment(extent[0]), Extent.place(extent[0]) * Zones.SECTOR);
            return id(data.memory(), place, offset);
        }

        int id(CacheMemory from, long place, long offset) {
            from.copyOut(place, sector, 0, Zones.SECTOR);
            return Zones.idOf(sector, 0, offset);
        }
    }
}
