package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel's list of bad blocks, in a tree like sysfs's. The region begins at 4 GiB, and the device 2 MiB behind the
 * region's beginning.
 */
class BadBlocksTest {
    private static final String NUMBER = "252:3";
    private static final int START = 2 << 20;
    private static final int SIZE = 1 << 20;

    @TempDir
    Path sysfs;

    private Path region;
    private Path device;

    @BeforeEach
    void makeTree() throws IOException {
        region = sysfs.resolve("devices/platform/e820_pmem/ndbus0/region0");
        device = Files.createDirectories(region.resolve("dax0.1/dax0.0"));
        Files.writeString(region.resolve("resource"), "0x100000000\n");
        Files.writeString(device.resolve("resource"), "0x100200000\n");
        Files.createDirectories(sysfs.resolve("dev/char"));
        Files.createSymbolicLink(
                sysfs.resolve("dev/char").resolve(NUMBER),
                Path.of("../../devices/platform/e820_pmem/ndbus0/region0/dax0.1/dax0.0"));
    }

    private BadBlocks list(String text) throws IOException {
        Files.writeString(region.resolve("badblocks"), text);
        return BadBlocks.ofDaxDevice(sysfs, NUMBER, SIZE);
    }

    @Test
    void findsBadBlocksWhereTheDeviceHasThem() throws Exception {
        BadBlocks bad = list(START / 512 + 16 + " 8\n" + (START / 512 + 100) + " 1\n");
        assertThat(bad.firstIn(0, 16 * 512)).isEqualTo(-1);
        assertThat(bad.firstIn(0, 16 * 512 + 1)).isEqualTo(16 * 512);
        assertThat(bad.firstIn(20 * 512, 512)).isEqualTo(20 * 512);
        assertThat(bad.firstIn(23 * 512 + 511, 1)).isEqualTo(23 * 512 + 511);
        assertThat(bad.firstIn(24 * 512, 76 * 512)).isEqualTo(-1);
        assertThat(bad.firstIn(0, SIZE)).isEqualTo(16 * 512);
        assertThat(bad.firstIn(24 * 512, SIZE)).isEqualTo(100 * 512);
        assertThat(bad.firstIn(101 * 512, SIZE)).isEqualTo(-1);
    }

    @Test
    void leavesOutWhatIsNotOfTheDevice() throws Exception {
        assertThat(list("0 1\n" + (START / 512 - 8) + " 8\n" + (START + SIZE) / 512 + " 64\n")
                        .firstIn(0, SIZE))
                .isEqualTo(-1);
        BadBlocks across = list(START / 512 - 8 + " 9\n");
        assertThat(across.firstIn(0, SIZE)).isZero();
        assertThat(across.firstIn(512, SIZE)).isEqualTo(-1);
    }

    @Test
    void knowsNothingWhereSysfsDoesNotTell() throws Exception {
        assertThat(list("").firstIn(0, SIZE)).isEqualTo(-1);
        assertThat(list("\n").firstIn(0, SIZE)).isEqualTo(-1);
        assertThat(list("something else\n").firstIn(0, SIZE)).isEqualTo(-1);
        String bad = START / 512 + " 8\n";
        assertThat(list(bad).firstIn(0, SIZE)).isZero();
        Files.delete(device.resolve("resource"));
        assertThat(list(bad).firstIn(0, SIZE)).isEqualTo(-1);
        assertThat(BadBlocks.ofDaxDevice(sysfs, "252:4", SIZE).firstIn(0, SIZE)).isEqualTo(-1);
    }
}
