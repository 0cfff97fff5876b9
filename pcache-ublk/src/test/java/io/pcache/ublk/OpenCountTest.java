package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On made-up {@code /proc} and {@code /sys}; the real ones are looked at in the guest. */
class OpenCountTest {
    @TempDir
    private Path root;

    private int references;

    @BeforeEach
    void makeDevicesAndTheirServers() throws IOException {
        for (int device = 0; device < 2; device++) {
            file("sys/block/ublkb" + device + "/dev", "259:" + 2 * device);
            file("sys/block/ublkb" + device + "/ublkb" + device + "p1/dev", "259:" + (2 * device + 1));
            Files.createDirectories(root.resolve("sys/class/ublk-char/ublkc" + device));
            descriptor(100 + device, 3, "/dev/ublkc" + device);
            descriptor(100 + device, 4, "/dev/ublk-control");
            references += 2;
        }
        setReferences(references);
    }

    @Test
    void serversOwnFilesAreNoOpens() {
        assertThat(count()).isZero();
    }

    @Test
    void countsDescriptorsOfTheDeviceAndItsPartitions() throws IOException {
        descriptor(200, 0, "/dev/ublkb0");
        descriptor(200, 1, "/dev/ublkb0p1");
        descriptor(200, 2, "/dev/ublkb1");
        descriptor(200, 3, "/dev/ublkb01");
        descriptor(200, 4, "/tmp/dev/ublkb0");
        setReferences(references + 3);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void countsFileSystemOnceInHoweverManyPlacesAndNamespaces() throws IOException {
        String mounts = "30 1 259:1 / /a rw - ext4 /dev/ublkb0p1 rw\n31 1 259:1 / /b rw - ext4 /dev/ublkb0p1 rw\n32 1 "
                + "8:1 / / rw - ext4 /dev/sda1 rw\n";
        file("proc/200/mountinfo", mounts);
        link("proc/200/ns/mnt", "mnt:[1]");
        file("proc/201/mountinfo", mounts);
        link("proc/201/ns/mnt", "mnt:[2]");
        setReferences(references + 1);
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void countsFileSystemOfSeveralDevicesByItsSource() throws IOException {
        file("proc/200/mountinfo", "30 1 0:44 / /a rw - btrfs /dev/ublkb0 rw\n");
        setReferences(references + 1);
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void countsSwapLoopAndStackedDevices() throws IOException {
        file("proc/swaps", "Filename Type Size Used Priority\n/dev/ublkb0p1 partition 1 0 -2\n");
        file("sys/block/loop7/loop/backing_file", "/dev/ublkb0");
        Files.createDirectories(root.resolve("sys/block/ublkb0/holders/dm-0"));
        Files.createDirectories(root.resolve("sys/block/ublkb0/ublkb0p1/holders/md0"));
        setReferences(references + 4);
        assertThat(count()).isEqualTo(4);
    }

    /** A file system that was unmounted lazily, a node of another name: nothing shows them but the module's count. */
    @Test
    void countsReferencesThatNothingExplains() throws IOException {
        descriptor(200, 0, "/dev/ublkb0");
        descriptor(200, 1, "/dev/ublkb1");
        setReferences(references + 3);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void doesNotGuessBesideServerThatHidesItsFiles() throws IOException {
        Files.createDirectories(root.resolve("sys/class/ublk-char/ublkc2"));
        setReferences(references + 1);
        assertThat(count()).isZero();
    }

    @Test
    void doesWithoutModule() throws IOException {
        Files.delete(root.resolve("sys/module/ublk_drv/refcnt"));
        descriptor(200, 0, "/dev/ublkb0");
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void namesWhoHasTheDeviceOpen() throws IOException {
        descriptor(200, 0, "/dev/ublkb0");
        descriptor(200, 1, "/dev/ublkb0p1");
        file("proc/200/comm", "fio\n");
        descriptor(201, 0, "/dev/ublkb1");
        file(
                "proc/202/mountinfo",
                "30 1 259:1 / /my\\040data rw - ext4 /dev/ublkb0p1 rw\n31 1 259:2 / /other rw - ext4 /dev/ublkb1 rw\n");
        link("proc/202/ns/mnt", "mnt:[1]");
        file("proc/swaps", "Filename Type Size Used Priority\n/dev/ublkb0p1 partition 1 0 -2\n");
        Files.createDirectories(root.resolve("sys/block/ublkb0/holders/dm-0"));
        assertThat(users())
                .containsExactlyInAnyOrder("process 200 (fio)", "mounted on /my data", "swap", "device dm-0 on it");
    }

    @Test
    void saysThatAnOpenerHasNoName() throws IOException {
        assertThat(users()).isEmpty();
        setReferences(references + 1);
        assertThat(users()).singleElement().asString().contains("unmounted lazily");
    }

    private List<String> users() {
        return new OpenCount("ublkb0", root.resolve("proc"), root.resolve("sys")).users();
    }

    private int count() {
        return new OpenCount("ublkb0", root.resolve("proc"), root.resolve("sys")).count();
    }

    private void descriptor(int process, int number, String target) throws IOException {
        link("proc/" + process + "/fd/" + number, target);
    }

    private void setReferences(int number) throws IOException {
        file("sys/module/ublk_drv/refcnt", number + "\n");
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void link(String path, String target) throws IOException {
        Path link = root.resolve(path);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
    }
}
