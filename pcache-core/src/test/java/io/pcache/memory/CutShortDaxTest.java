package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentMap.Use;
import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCalls;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pages vanish under a cache on memory that is stored to with libpmem. A store to a vanished page ends the process. A
 * file that is cut short behind the segments in use stands for poisoned memory. The cache runs in a process of its own,
 * so that the end of this process is a failure with a name.
 */
class CutShortDaxTest {
    private static final long SIZE = (512L << 20) + DeviceLayout.SEGMENTS;
    private static final int SEGMENTS_LEFT = 8;

    @TempDir
    Path directory;

    @Test
    void newDataGoesToTheSegmentsThatAreThere() throws Exception {
        assumeTrue(PersistentMemoryLibrary.load().isPresent(), "needs libpmem (Debian package libpmem1)");
        try (SharedMemoryFile file = SharedMemoryFile.create(SIZE)) {
            assertThat(ChildJvm.run(StoringProcess.class, directory, file.path().toString()))
                    .contains("failed writes: 0")
                    .contains("set aside, of those that are gone: true; of those that are there: 0");
        }
    }

    /** Writes, loses three quarters of the cache, and writes more than the rest of the cache can hold. */
    static final class StoringProcess {
        public static void main(String[] arguments) throws Exception {
            String path = arguments[0];
            Mapping mapping = Mapping.open(SystemCalls.linux(), path);
            CacheMemory memory =
                    new DaxMemory(mapping, PersistentMemoryLibrary.load().orElseThrow(), mapping.file()::read);
            SimulatedBacking backing = new SimulatedBacking(16 << 20);
            TestCache cache = new TestCache(
                    memory, backing, PCacheConfig.builder(backing.sizeBytes()).build(), 1);
            byte[] data = new byte[1 << 20];
            cache.writeFua(0, data);
            SharedMemoryFile.resize(Path.of(path), DeviceLayout.segment(SEGMENTS_LEFT));
            int failed = 0;
            for (int i = 0; i < 400; i++) {
                data[0] = (byte) i;
                try {
                    cache.writeFua((i % 16) << 20, data);
                } catch (AssertionError e) {
                    failed++;
                }
                cache.settle();
            }
            System.out.println("failed writes: " + failed);
            report(cache);
            Runtime.getRuntime().halt(0);
        }

        private static void report(TestCache cache) {
            int gone = 0;
            int there = 0;
            for (int segment = 0; segment < cache.cache().map().segments(); segment++) {
                if (cache.cache().map().use(segment) == Use.SET_ASIDE) {
                    gone += segment >= SEGMENTS_LEFT ? 1 : 0;
                    there += segment < SEGMENTS_LEFT ? 1 : 0;
                }
            }
            System.out.println(
                    "set aside, of those that are gone: " + (gone > 0) + "; of those that are there: " + there);
        }
    }
}
