package io.pcache.backing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is concluded from a disk's folder in sysfs. */
class DiskQueueTest {
    @TempDir
    Path folder;

    private Path disk(String maxBytes, String granularity, String rotational) throws IOException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path queue = Files.createDirectory(disk.resolve("queue"));
        Files.writeString(queue.resolve("discard_max_bytes"), maxBytes + "\n");
        Files.writeString(queue.resolve("discard_granularity"), granularity + "\n");
        Files.writeString(queue.resolve("rotational"), rotational + "\n");
        Files.writeString(queue.resolve("write_cache"), "write through\n");
        return disk;
    }

    @ParameterizedTest
    @CsvSource({
        "2199023255040, 512, 0, true",
        "65536, 8388608, 0, true",
        "2199023255040, 16777216, 0, false",
        "0, 0, 0, false",
        "2199023255040, 512, 1, false",
        "'', '', '', false",
        "many, 512, 0, false"
    })
    void discardsAreCheapOnAnSsdThatTakesThem(String maxBytes, String granularity, String rotational, boolean cheap)
            throws IOException {
        assertThat(DiskQueue.of(disk(maxBytes, granularity, rotational)).discardsCheaply())
                .isEqualTo(cheap);
    }

    @Test
    void aPartitionHasTheQueueOfItsDisk() throws IOException {
        Path partition = Files.createDirectory(disk("65536", "512", "0").resolve("disk1"));

        assertThat(DiskQueue.of(partition).discardsCheaply()).isTrue();
        assertThat(DiskQueue.of(partition).writesThrough()).isTrue();
    }

    @Test
    void aLoopDeviceIsAFile() throws IOException {
        Path loop = disk("65536", "512", "0");
        Files.createDirectory(loop.resolve("loop"));

        assertThat(DiskQueue.of(loop).discardsCheaply()).isFalse();
    }

    @Test
    void whereNothingIsToldNothingIsAssumed() {
        assertThat(DiskQueue.of(folder.resolve("nowhere")).discardsCheaply()).isFalse();
        assertThat(DiskQueue.of(folder.resolve("nowhere")).writesThrough()).isFalse();
    }
}
