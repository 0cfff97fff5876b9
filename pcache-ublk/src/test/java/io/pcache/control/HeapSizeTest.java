package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapSizeTest {
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
    void growsALittleWithTheCache() throws IOException {
        Path large = sparseFile("my cache", 256L << 30);
        Path small = sparseFile("small", 1L << 30);
        Path backing = sparseFile("backing", 4L << 40);

        int forLarge = HeapSize.forTable(
                List.of(new TableLine(0, 8, "pcache", large.toString().replace(" ", "\\ ") + " " + backing)));
        int forSmall = HeapSize.forTable(List.of(new TableLine(0, 8, "pcache", small + " " + small)));

        // Replay's batch of keys, and per segment 64 bytes.
        assertThat(forLarge).isEqualTo(HeapSize.BASE_MIB + 6 + 1 + 1);
        assertThat(forSmall).isEqualTo(HeapSize.BASE_MIB + 1);
    }

    @Test
    void takesTheDefaultWhereNothingCanBeTold() {
        for (String args :
                new String[] {"", "/nosuch /nosuch", "relative path", "4095:77 7:x", "/dev/null /dev/null", "/ /"}) {
            assertThat(HeapSize.forTable(List.of(new TableLine(0, 8, "pcache", args))))
                    .as(args)
                    .isEqualTo(TargetLauncher.DEFAULT_HEAP_MIB);
        }
        assertThat(HeapSize.forTable(List.of())).isEqualTo(TargetLauncher.DEFAULT_HEAP_MIB);
    }
}
