package io.pcache.dmctl.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.control.Activity;
import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.failure.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceNodesTest {
    @TempDir
    Path dev;

    private DeviceNodes nodes;

    @BeforeEach
    void makeNodes() throws IOException {
        nodes = new DeviceNodes(dev);
        Files.createFile(dev.resolve("ublkb0"));
        Files.createFile(dev.resolve("ublkb1"));
    }

    private DeviceInfo served(String name, String node) {
        return new DeviceInfo(
                name,
                "",
                252,
                0,
                false,
                false,
                false,
                true,
                false,
                1,
                0,
                0,
                256,
                8,
                node.isEmpty() ? "" : dev.resolve(node).toString(),
                "",
                "ublk",
                1,
                "",
                "",
                Activity.NONE);
    }

    private void link(String name, String target) throws IOException {
        Files.createDirectories(dev.resolve("mapper"));
        Files.createSymbolicLink(dev.resolve("mapper").resolve(name), Path.of(target));
    }

    @Test
    void acceptsLinkToTheDevicesNode() throws Exception {
        link("my\\x20disk", "../ublkb0");

        assertThatCode(() -> nodes.check(served("my\\x20disk", "ublkb0"))).doesNotThrowAnyException();
        assertThatCode(() -> nodes.check(served("unlinked", "ublkb1"))).doesNotThrowAnyException();
    }

    @Test
    void refusesADeviceWhoseNameIsAnothersNode() throws Exception {
        link("pc", "../dm-3");
        Files.createFile(dev.resolve("mapper").resolve("file"));

        assertThatThrownBy(() -> nodes.check(served("pc", "ublkb0")))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("mapper/pc is something else");
        assertThatThrownBy(() -> nodes.check(served("file", "ublkb0"))).isInstanceOf(CommandFailure.class);
        assertThatCode(() -> nodes.check(served("pc", ""))).as("reached by NBD").doesNotThrowAnyException();
    }

    @Test
    void removesOwnStaleLinksOnly() throws Exception {
        link("live", "../ublkb0");
        link("stale", "../ublkb7");
        link("theirs", "../dm-3");

        nodes.removeStale();

        assertThat(dev.resolve("mapper").toFile().list()).containsExactlyInAnyOrder("live", "theirs");
    }

    @Test
    void noFoldersAreNoFailure() {
        assertThatCode(nodes::removeStale).doesNotThrowAnyException();
    }
}
