package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.PCache;
import io.pcache.engine.Rehearsal;
import io.pcache.memory.CacheMemory;
import io.pcache.server.QuietLog;
import io.pcache.stats.RequestCounter;
import io.pcache.stats.StatsSnapshot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(QuietLog.class)
class CacheRehearsalTest {
    private static final int HOUR_MS = 3_600_000;
    private static final int ROUNDS = 500;

    @TempDir
    Path folder;

    private Path scratch;
    private final List<CacheIo> rehearsed = new ArrayList<>();
    private final List<StatsSnapshot> played = new ArrayList<>();

    @BeforeEach
    void makeFiles() throws IOException {
        scratch = Files.createDirectory(folder.resolve("scratch"));
        for (String name : List.of("cache", "backing")) {
            try (RandomAccessFile file =
                    new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
                file.setLength(name.equals("cache") ? Rehearsal.CACHE_BYTES : 16 << 20);
            }
        }
    }

    /** Starts a cache as a target does; returns how the data of this cache is stored and loaded. */
    private CacheIo start(CacheIo wanted, Rehearsal.Player player) throws Exception {
        EngineFactory factory = new EngineFactory(
                failure -> {
                    throw new AssertionError(failure);
                },
                new CacheRehearsal(scratch, player, HOUR_MS),
                wanted,
                "");
        CacheMemory memory = factory.openCacheDevice(folder.resolve("cache").toString());
        BackingDevice backing =
                factory.openBackingDevice(folder.resolve("backing").toString(), false);
        CacheFactory.Cache cache = factory.start(
                memory, backing, PCacheConfig.builder(backing.sizeBytes()).build());
        CacheIo io = cache.cacheIo();
        cache.close();
        return io;
    }

    @ParameterizedTest
    @EnumSource(CacheIo.class)
    void takesTheWayToTheCacheDeviceThatRequestsWillTake(CacheIo wanted) throws Exception {
        CacheIo real = start(wanted, (device, endNanos) -> {
            rehearsed.add(((PCache) device).cacheIo());
            int rounds = Rehearsal.requests(device, ROUNDS, endNanos, Rehearsal.Rest.parking());
            played.add(((PCache) device).stats().snapshot());
            return rounds;
        });

        assertThat(rehearsed).containsExactly(real);
        assertThat(played.get(0).requests().get(RequestCounter.FAILED_REQUESTS)).isZero();
        assertThat(played.get(0).requests().get(RequestCounter.READ_HIT_SECTORS))
                .isGreaterThanOrEqualTo(ROUNDS);
        assertThat(scratch).isEmptyDirectory();
        // In memory there is but one way. And not every disk has direct I/O.
        assumeThat(real).isEqualTo(wanted);
    }

    @Test
    void aFailureLeavesNothingAndTheCacheStarts() throws Exception {
        start(CacheIo.DIRECT, (device, endNanos) -> {
            throw new IOException("planted");
        });

        assertThat(scratch).isEmptyDirectory();
    }
}
