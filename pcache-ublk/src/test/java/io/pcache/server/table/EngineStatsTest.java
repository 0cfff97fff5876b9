package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.FileBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.control.JsonObject;
import io.pcache.engine.PCache;
import io.pcache.memory.MappedMemory;
import io.pcache.stats.RequestCounter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineStatsTest {
    @TempDir
    Path directory;

    private Path sparseFile(String name, long bytes) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
        return file;
    }

    @Test
    void tellsTotalsAndWhatWasCountedSinceAnEarlierReply() throws Exception {
        try (PCache engine = PCache.open(
                        MappedMemory.open(sparseFile("cache", 512L << 20).toString()),
                        FileBacking.open(sparseFile("backing", 64L << 20).toString()),
                        PCacheConfig.builder(64L << 20).build())
                .start(failure -> {})) {
            EngineStats stats = new EngineStats(engine);
            new CacheFlush(engine).await();
            JsonObject first = stats.toJson(0);
            new CacheFlush(engine).await();
            new CacheFlush(engine).await();

            JsonObject second = stats.toJson(first.number("snapshot", 0));

            assertThat(first.object("interval")).isNull();
            assertThat(first.object("segments").number("total", 0)).isEqualTo(31);
            assertThat(second.object("total").object("requests").number("flushes", 0))
                    .isEqualTo(3);
            assertThat(second.object("interval").object("requests").number("flushes", 0))
                    .isEqualTo(2);
            assertThat(second.object("interval")
                            .object("latencies")
                            .object("flush")
                            .members())
                    .containsKeys("count", "meanNanos", "p50Nanos", "p999Nanos", "maxNanos");
            long[] upToBounds =
                    second.object("total").object("latencies").object("flush").numbers("upToBounds");
            assertThat(upToBounds)
                    .hasSameSizeAs(second.numbers("latencyBoundsNanos"))
                    .isSorted();
            assertThat(upToBounds[upToBounds.length - 1])
                    .isEqualTo(second.object("total")
                            .object("latencies")
                            .object("flush")
                            .number("count", 0));
            assertThat(second.object("interval").number("nanos", 0)).isPositive();
            for (int i = 0; i < 20; i++) {
                stats.toJson(0);
            }
            assertThat(stats.toJson(first.number("snapshot", 0)).object("interval"))
                    .as("long forgotten")
                    .isNull();
        }
    }

    @Test
    void everyCounterIsInTheDocument() throws IOException {
        String document = Files.readString(Path.of("..", "man", "pcache-control.md"), StandardCharsets.UTF_8);
        for (Enum<?>[] counters : new Enum<?>[][] {
            RequestCounter.values(), io.pcache.stats.CacheCounter.values(), io.pcache.stats.Latency.values()
        }) {
            for (Enum<?> counter : counters) {
                assertThat(document).contains("`" + EngineStats.memberName(counter) + "`");
            }
        }
        for (io.pcache.control.ControlCommand command : io.pcache.control.ControlCommand.values()) {
            assertThat(document).contains("| `" + command.wireName() + "` |");
        }
    }
}
