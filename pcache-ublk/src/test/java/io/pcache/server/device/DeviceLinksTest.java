package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.server.QuietLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(QuietLog.class)
class DeviceLinksTest {
    @TempDir
    Path directory;

    private Path devices;
    private Path node;
    private DeviceLinks links;

    @BeforeEach
    void make() throws IOException {
        devices = Files.createDirectory(directory.resolve("dev"));
        node = Files.createFile(devices.resolve("ublkb0"));
        links = new DeviceLinks(devices);
    }

    @Test
    void leadToTheNodeAndGoWithIt() throws IOException {
        links.make("my\\x20disk", node);

        for (String folder : List.of("mapper", "pcache")) {
            assertThat(Files.readSymbolicLink(devices.resolve(folder).resolve("my\\x20disk")))
                    .isEqualTo(Path.of("../ublkb0"));
        }
        links.make("my\\x20disk", node);
        links.remove("my\\x20disk", node);
        assertThat(devices.resolve("mapper")).isEmptyDirectory();
        assertThat(devices.resolve("pcache")).isEmptyDirectory();
    }

    @Test
    void leaveOthersLinksAlone() throws IOException {
        Path other = Files.createFile(devices.resolve("dm-0"));
        Path taken = Files.createSymbolicLink(
                Files.createDirectory(devices.resolve("mapper")).resolve("pc"), Path.of("../dm-0"));

        links.make("pc", node);
        links.remove("pc", node);

        assertThat(taken).isSymbolicLink();
        assertThat(taken.toRealPath()).isEqualTo(other.toRealPath());
        assertThat(devices.resolve("pcache")).isEmptyDirectory();
    }

    @Test
    void replaceLinksThatLeadNowhere() throws IOException {
        Path stale = Files.createSymbolicLink(
                Files.createDirectory(devices.resolve("mapper")).resolve("pc"), Path.of("../ublkb7"));

        links.make("pc", node);

        assertThat(Files.readSymbolicLink(stale)).isEqualTo(Path.of("../ublkb0"));
    }
}
