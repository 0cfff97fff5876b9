package io.pcache.dmctl.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.failure.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
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
        return new DeviceInfo(name, "", 252, 0, false, false, false, true, false, 1, 0, 0, 256, 8, node.isEmpty() ? "" : dev.resolve(node).toString(), "", "ublk", 1,
            "", "");
    }

    private Path link(String name) {
        return dev.resolve("mapper").resolve(name);
    }

    @Test
    void linksDeviceUnderBothFolders() throws Exception {
        nodes.add(served("my\\x20disk", "ublkb0"));

        assertThat(Files.readSymbolicLink(link("my\\x20disk"))).hasToString("../ublkb0");
        assertThat(dev.resolve("pcache/my\\x20disk").toRealPath()).isEqualTo(dev.resolve("ublkb0").toRealPath());
    }

    @Test
    void makesNoLinkForDeviceServedByNbd() throws Exception {
        nodes.add(served("pc", ""));

        assertThat(dev.resolve("mapper")).doesNotExist();
    }

    @Test
    void replacesOwnStaleLink() throws Exception {
        nodes.add(served("pc", "ublkb0"));
        nodes.add(served("pc", "ublkb1"));

        assertThat(Files.readSymbolicLink(link("pc"))).hasToString("../ublkb1");
    }

    @Test
    void refusesToTakeTheNameOfAnothersNode() throws Exception {
        Files.createDirectories(dev.resolve("mapper"));
        Files.createFile(link("pc"));

        assertThatThrownBy(() -> nodes.add(served("pc", "ublkb0"))).isInstanceOf(CommandFailure.class).hasMessageContaining("File exists")
            .hasMessageContaining(dev.resolve("ublkb0").toString());
    }

    @Test
    void removesOwnLinksOnly() throws Exception {
        nodes.add(served("pc", "ublkb0"));
        Files.createSymbolicLink(link("other"), Path.of("../dm-3"));

        nodes.remove("pc");
        nodes.remove("other");

        assertThat(Files.exists(link("pc"), LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Files.isSymbolicLink(link("other"))).isTrue();
    }

    @Test
    void reconcilesLinksWithDevices() throws Exception {
        nodes.add(served("gone", "ublkb7"));
        nodes.add(served("renamed", "ublkb0"));
        Files.createFile(link("theirs"));

        nodes.reconcile(Map.of("pc", served("pc", "ublkb0"), "nbd", served("nbd", "")));

        assertThat(dev.resolve("mapper").toFile().list()).containsExactlyInAnyOrder("pc", "theirs");
    }
}
