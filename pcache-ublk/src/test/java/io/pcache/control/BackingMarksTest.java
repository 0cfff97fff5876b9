package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackingMarksTest {
    @TempDir
    Path folder;

    private Path files;
    private Path sysfs;
    private BackingMarks marks;

    @BeforeEach
    void makeDevices() throws IOException {
        files = Files.createDirectory(folder.resolve("0"));
        sysfs = folder.resolve("sys");
        for (String device : new String[] {"8:16", "8:32", "8:32/sdc1", "8:32/queue"}) {
            Files.createFile(Files.createDirectories(sysfs.resolve(device)).resolve("uevent"));
        }
        Files.createFile(sysfs.resolve("8:32/sdc1/partition"));
        marks = new BackingMarks(sysfs);
    }

    private boolean takeEvent(String device) throws IOException {
        Path event = sysfs.resolve(device).resolve("uevent");
        String written = Files.readString(event);
        Files.writeString(event, "");
        return written.equals("change");
    }

    @Test
    void marksWhatIsInUseAndTellsOfEachChangeOnce() throws IOException {
        marks.set(files, Set.of("8:16"));
        assertThat(files).isDirectoryContaining(mark -> mark.endsWith("backing-8:16"));
        assertThat(takeEvent("8:16")).isTrue();

        marks.set(files, Set.of("8:16"));
        assertThat(takeEvent("8:16")).as("nothing has changed").isFalse();

        marks.set(files, Set.of("8:32"));
        assertThat(BackingMarks.of(files)).containsExactly("8:32");
        assertThat(takeEvent("8:16")).isTrue();
        assertThat(takeEvent("8:32")).isTrue();

        marks.set(files, Set.of());
        assertThat(files).isEmptyDirectory();
        assertThat(takeEvent("8:32")).isTrue();
    }

    @Test
    void tellsOfPartitionsToo() throws IOException {
        marks.set(files, Set.of("8:32"));
        assertThat(takeEvent("8:32/sdc1")).isTrue();
        assertThat(takeEvent("8:32/queue")).as("a folder that is no partition").isFalse();
    }

    @Test
    void deviceThatHasGoneIsNoError() throws IOException {
        marks.set(files, Set.of("8:48"));
        assertThat(BackingMarks.of(files)).containsExactly("8:48");
        assertThat(BackingMarks.of(folder.resolve("none"))).isEmpty();
    }
}
