package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.Rehearsal;
import io.pcache.memory.CacheMemory;
import io.pcache.server.QuietLog;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(QuietLog.class)
class EngineFactoryTest {
    @TempDir
    Path folder;

    private String file(String name, long bytes) throws Exception {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return path.toString();
    }

    /** For a file, a discard is a hole: only whoever asks for holes gets them, and only where transfers punch them. */
    @ParameterizedTest
    @CsvSource({"'', DIRECT, false", "true, DIRECT, true", "false, DIRECT, false", "true, BUFFERED, false"})
    void segmentsOfAFileAreDiscardedIfCreateWasToldSo(String word, CacheIo io, boolean discards) throws Exception {
        EngineFactory factory = new EngineFactory(
                failure -> {
                    throw new AssertionError(failure);
                },
                CacheRehearsal.none(),
                io,
                word);
        CacheMemory memory = factory.openCacheDevice(file("cache", Rehearsal.CACHE_BYTES));
        BackingDevice backing = factory.openBackingDevice(file("backing", 16 << 20), false);
        CacheFactory.Cache cache = factory.start(
                memory, backing, PCacheConfig.builder(backing.sizeBytes()).build());
        boolean direct = cache.cacheIo() == CacheIo.DIRECT;
        boolean set = cache.settings(SettingValues.DEFAULTS).flag(Setting.CACHE_DISCARD);
        cache.close();
        // Not every file system has direct I/O.
        assertThat(set).isEqualTo(discards && direct);
    }
}
