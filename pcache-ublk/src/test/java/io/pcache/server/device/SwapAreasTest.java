package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwapAreasTest {
    private static final String HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    @TempDir
    Path directory;

    private Path device;
    private Path other;
    private Path list;

    @BeforeEach
    void makeFiles() throws IOException {
        device = Files.createFile(directory.resolve("device"));
        other = Files.createFile(directory.resolve("other"));
        list = directory.resolve("swaps");
    }

    private boolean included(String lines) throws IOException {
        Files.writeString(list, HEADER + lines);
        return new SwapAreas(list).includes(device.toString());
    }

    private static String area(Path file) {
        return file + "                             file\t1048572\t0\t-2\n";
    }

    @Test
    void findsTheDeviceAmongOthers() throws IOException {
        assertThat(included(area(other) + area(device))).isTrue();
    }

    @Test
    void findsTheDeviceByAnotherName() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), device);
        assertThat(included(area(link))).isTrue();
    }

    @Test
    void doesNotTakeOthersForTheDevice() throws IOException {
        assertThat(included(area(other))).isFalse();
        assertThat(included("")).isFalse();
        assertThat(included(area(directory.resolve("gone")) + "\n" + "/dev/with\\040blank file 1 0 -2\n"))
                .isFalse();
    }

    @Test
    void knowsNothingWhereThereIsNoList() {
        assertThat(new SwapAreas(directory.resolve("no list")).includes(device.toString()))
                .isFalse();
    }
}
