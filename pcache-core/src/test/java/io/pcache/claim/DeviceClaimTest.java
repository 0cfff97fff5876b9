package io.pcache.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.backing.BackingFile;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests with real loop devices, made by losetup. */
class DeviceClaimTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    private Path file;
    private final List<String> loops = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void makeFile() throws IOException {
        file = directory.resolve("file");
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(16 * MIB);
        }
    }

    @AfterEach
    void detach() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        for (int i = loops.size() - 1; i >= 0; i--) {
            run("losetup", "-d", loops.get(i));
        }
    }

    /** As when a target was killed, and the kernel still writes for that target. */
    @Test
    void aCacheDeviceIsNotTakenWhileTransfersToTheDeviceOutliveTheirTarget() throws Exception {
        BackingFile transfers = BackingFile.openAgain(file.toString());
        open.add(transfers);
        assertThatThrownBy(() -> MappedMemory.open(file.toString()))
                .isInstanceOf(ClaimedException.class)
                .hasMessageContaining("transfers of a target that has ended");
        transfers.close();
        open.clear();
        CacheMemory memory = MappedMemory.open(file.toString());
        open.add(memory);
        open.add(BackingFile.openAgain(file.toString()));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        return process.waitFor() == 0 ? output : null;
    }

    private String attach(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("losetup", "-f", "--show"));
        command.addAll(List.of(options));
        String loop = null;
        try {
            loop = run(command.toArray(String[]::new));
        } catch (IOException e) {
            assumeTrue(false, "no losetup: " + e.getMessage());
        }
        assumeTrue(loop != null && Files.exists(Path.of(loop)), "no loop devices here");
        loops.add(loop);
        return loop;
    }

    private BackingFile use(String path) throws IOException {
        BackingFile device = BackingFile.open(path);
        open.add(device);
        return device;
    }

    private void refused(String path) {
        assertThatThrownBy(() -> use(path))
                .as(path)
                .isInstanceOf(SystemCallException.class)
                .extracting(e -> ((SystemCallException) e).errno())
                .isEqualTo(Errno.EBUSY);
    }

    private DeviceLayers layers(String path) throws IOException {
        return DeviceLayers.of(SystemCalls.linux(), path, SystemCalls.linux().status(path));
    }

    @Test
    void aFileUnderALoopDeviceIsInUse() throws Exception {
        String loop = attach(file.toString());
        assertThatThrownBy(() -> use(file.toString()))
                .isInstanceOf(ClaimedException.class)
                .hasMessageContaining(loop);
        use(loop);
    }

    @Test
    void oneFileUnderTwoLoopDevicesIsInUse() throws Exception {
        String first = attach(file.toString());
        String second = attach(file.toString());
        refused(first);
        refused(second);
    }

    @Test
    void aLoopDeviceUnderAnotherIsInUse() throws Exception {
        String lower = attach(file.toString());
        String upper = attach(lower);
        refused(lower);
        refused(file.toString());
        use(upper);
    }

    @Test
    void aLoopDeviceThatIsAttachedWhileItsFileIsInUseIsRefused() throws Exception {
        use(file.toString());
        refused(attach(file.toString()));
    }

    @Test
    void partsOfAFileThatDoNotOverlapAreDifferentDevices() throws Exception {
        String first = attach("--sizelimit", Long.toString(8 * MIB), file.toString());
        String second = attach("--offset", Long.toString(8 * MIB), file.toString());
        assertThat(layers(first).overlaps(layers(second))).isFalse();
        use(first);
        use(second);
    }

    @Test
    void partsOfAFileThatOverlapAreOneDevice() throws Exception {
        String first = attach("--sizelimit", Long.toString(9 * MIB), file.toString());
        String second = attach("--offset", Long.toString(8 * MIB), file.toString());
        assertThat(layers(first).overlaps(layers(second))).isTrue();
        refused(first);
    }

    @Test
    void whatLiesBelowIsFreeAgainAfterwards() throws Exception {
        String loop = attach(file.toString());
        use(loop).close();
        open.clear();
        use(loop);
    }

    @Test
    void aFileIsItselfByAllItsNames() throws Exception {
        Path link = Files.createLink(directory.resolve("link"), file);
        assertThat(layers(file.toString()).overlaps(layers(link.toString()))).isTrue();
        Path other = Files.createFile(directory.resolve("other"));
        assertThat(layers(file.toString()).overlaps(layers(other.toString()))).isFalse();
    }
}
