package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
    private static final long GIB = 1L << 30;
    private static final long TIB = 1L << 40;

    @TempDir
    Path directory;

    private MemoryPlan plan(long cacheBytes, long backingBytes, long mappedBytes, String options) throws IOException {
        String args = sparseFile("cache", cacheBytes) + " " + sparseFile("backing", backingBytes) + options;
        return MemoryPlan.forTable(List.of(new TableLine(0, mappedBytes / 512, "pcache", args)), true);
    }

    private Path sparseFile(String name, long bytes) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
        return file;
    }

    /** What a cache may hold one day is not taken at the start. */
    @Test
    void aLargeCacheStartsWithLittle() throws IOException {
        MemoryPlan small = plan(GIB, TIB, TIB, "");
        MemoryPlan large = plan(80 * GIB, TIB, TIB, "");

        assertThat(large.startMiB()).as("page tables").isBetween(small.startMiB() + 20, small.startMiB() + 30);
        assertThat(large.fullMiB() - large.heapMiB())
                .as("100 KiB for each segment of 16 MiB, 2 MiB for the table")
                .isBetween(112 + 500L, 112 + 510L);
        assertThat(plan(80 * GIB, TIB, TIB, " 2 data_crc true").fullMiB())
                .isBetween(large.fullMiB() + 180, large.fullMiB() + 190);
    }

    /** Only where data goes by transfers are there buffers for them. */
    @Test
    void aCacheOnADiskTakesBuffers() throws IOException {
        String disk = sparseFile("cache", GIB) + " " + sparseFile("backing", GIB);
        String memory = "/dev/shm/pcache-plan-" + ProcessHandle.current().pid();
        try (RandomAccessFile file = new RandomAccessFile(memory, "rw")) {
            file.setLength(GIB);
            assertThat(start(disk, false)).isEqualTo(start(disk, true) + 108);
            assertThat(start(memory + disk.substring(disk.indexOf(' ')), false)).isEqualTo(start(disk, true));
        } finally {
            Files.delete(Path.of(memory));
        }
    }

    private static long start(String args, boolean buffered) {
        return MemoryPlan.forTable(List.of(new TableLine(0, GIB / 512, "pcache", args)), buffered)
                .startMiB();
    }

    @Test
    void aSmallTableBeforeALargeDeviceTakesWhatItsLengthTakes() throws IOException {
        MemoryPlan before = plan(GIB, GIB, GIB, "");
        MemoryPlan beforeMore = plan(GIB, 15 * TIB, GIB, "");

        assertThat(beforeMore).isEqualTo(before);
        assertThat(plan(GIB, 15 * TIB, 15 * TIB, "").fullMiB())
                .as("2 MiB for each TiB")
                .isBetween(before.fullMiB() + 20, before.fullMiB() + 34);
    }

    @Test
    void refusesWithBothNumbers() {
        MemoryPlan plan = new MemoryPlan(30, 158, 700);

        assertThatThrownBy(() -> plan.requireRoom(() -> (157L << 20) + 5))
                .isInstanceOfSatisfying(
                        ControlException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM))
                .hasMessageContaining("needs 158 MiB")
                .hasMessageContaining("157 MiB are available")
                .hasMessageContaining("--force");
        assertThatCode(() -> plan.requireRoom(() -> 158L << 20)).doesNotThrowAnyException();
    }

    @Test
    void tellsBoth() {
        assertThat(new MemoryPlan(30, 158, 700).text()).contains("158 MiB").contains("700 MiB");
    }
}
