package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepairBackupTest {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("backup");
    }

    private static RepairBackup.Range range(long offset, String old, String written) {
        return new RepairBackup.Range(offset, old == null ? null : old.getBytes(), written.getBytes());
    }

    private Path device(String content) throws IOException {
        return Files.writeString(directory.resolve("device"), content);
    }

    @Test
    void isAFileThatPeopleCanRead() throws Exception {
        new RepairBackup("/dev/pmem0", 570425344, List.of(range(8192, "ab", "cd"), range(16384, null, "x")))
                .write(file());
        assertThat(Files.readAllLines(file()))
                .startsWith(
                        "pcache-repair-backup 1",
                        "device /dev/pmem0",
                        "size 570425344",
                        "range 8192 2",
                        "old 6162",
                        "new 6364",
                        "range 16384 1",
                        "old -",
                        "new 78")
                .last()
                .asString()
                .matches("end [0-9a-f]{8}");
        RepairBackup read = RepairBackup.read(file());
        assertThat(read.device()).isEqualTo("/dev/pmem0");
        assertThat(read.size()).isEqualTo(570425344);
        assertThat(read.ranges()).hasSize(2);
        assertThat(read.ranges().get(0).old()).isEqualTo("ab".getBytes());
        assertThat(read.ranges().get(1).old()).isNull();
    }

    @Test
    void neverReplacesAFile() throws Exception {
        Files.writeString(file(), "precious");
        assertThatThrownBy(() -> new RepairBackup("d", 1, List.of()).write(file()))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file()).hasContent("precious");
    }

    @Test
    void refusesAFileThatWasChangedOrIsNone() throws Exception {
        new RepairBackup("d", 10, List.of(range(0, "ab", "cd"))).write(file());
        String text = Files.readString(file());
        for (String other : new String[] {
            "",
            "x",
            "pcache-repair-backup 1\n",
            text.replace("6162", "6163"),
            text.replace("size 10", "size 11"),
            text.substring(0, text.length() - 4),
            text.substring(0, text.indexOf("end"))
        }) {
            Files.writeString(file(), other);
            assertThatThrownBy(() -> RepairBackup.read(file()))
                    .as(other)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("backup");
        }
        Files.write(file(), new byte[] {(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> RepairBackup.read(file()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a repair backup");
    }

    @Test
    void undoesOnlyWhatTheRepairDid() throws Exception {
        Path device = device("..CD......");
        try (CacheMemory memory = MappedMemory.open(device.toString())) {
            assertThat(Repair.undo(new RepairBackup("d", 10, List.of(range(2, "ab", "CD"))), memory))
                    .isZero();
        }
        assertThat(device).hasContent("..ab......");
    }

    @Test
    void changesNothingOnADeviceThatWasWrittenToSince() throws Exception {
        Path device = device("..CD..XY..");
        try (CacheMemory memory = MappedMemory.open(device.toString())) {
            RepairBackup backup = new RepairBackup("d", 10, List.of(range(2, "ab", "CD"), range(6, "ef", "GH")));
            assertThatThrownBy(() -> Repair.undo(backup, memory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use since");
            assertThatThrownBy(() -> Repair.undo(new RepairBackup("d", 11, List.of()), memory))
                    .hasMessageContaining("11 bytes");
            assertThatThrownBy(() -> Repair.undo(new RepairBackup("d", 10, List.of(range(9, "ab", "CD"))), memory))
                    .hasMessageContaining("beyond");
        }
        assertThat(device).hasContent("..CD..XY..");
    }

    @Test
    void undoesARepairThatACrashCutShort() throws Exception {
        Path device = device("..ab..GH..");
        try (CacheMemory memory = MappedMemory.open(device.toString())) {
            Repair.undo(new RepairBackup("d", 10, List.of(range(2, "ab", "CD"), range(6, "ef", "GH"))), memory);
        }
        assertThat(device).hasContent("..ab..ef..");
    }
}
