package io.pcache.dmctl.offline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.CreateOptions;
import io.pcache.control.Creation;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.RunDirectory;
import io.pcache.control.TableLine;
import io.pcache.dmctl.offline.OfflineTool.Outcome;
import io.pcache.media.KernelImages;
import io.pcache.sys.BootId;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The offline verbs on files and devices that they are not made for. Each ends with a line that says what is wrong, and
 * with a status that is no success.
 */
class OfflineMistakesTest {
    private static final int KEY_TAIL = 16384;

    @TempDir
    Path directory;

    private Outcome run(String... arguments) {
        return OfflineTool.in(directory).run(new byte[0], arguments);
    }

    private void unpack(String scenario) throws Exception {
        KernelImages.named(scenario).unpack(directory);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private void blank(String name, long size) throws Exception {
        try (RandomAccessFile blank = new RandomAccessFile(file(name).toFile(), "rw")) {
            blank.setLength(size);
        }
    }

    private void damageKeyTail() throws Exception {
        try (RandomAccessFile image = new RandomAccessFile(file("cache.img").toFile(), "rw")) {
            image.seek(KEY_TAIL + 8);
            image.write(0xA5);
        }
    }

    private void makeFifo(String name) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", name)
                        .directory(directory.toFile())
                        .start()
                        .waitFor())
                .isZero();
    }

    private void assertRefused(Outcome outcome, String verb, String... words) {
        assertThat(outcome.exit()).as(outcome.err()).isEqualTo(8);
        assertThat(outcome.err())
                .startsWith("pcachectl: " + verb + ": ")
                .doesNotContain("internal error")
                .hasLineCount(1);
        for (String part : words) {
            assertThat(outcome.err()).contains(part);
        }
    }

    // ---- repair --undo ----

    @Test
    void undoRefusesACacheInPlaceOfTheBackup() throws Exception {
        blank("cache.img", 600 << 20);
        blank("large.img", 8L << 30);
        assertRefused(run("repair", "--undo", "large.img", "cache.img"), "repair", "large.img is not a repair backup");
        assertRefused(run("repair", "--undo", "cache.img", "cache.img"), "repair", "cache.img is not a repair backup");
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void undoReadsNothingButFiles() throws Exception {
        blank("cache.img", 600 << 20);
        makeFifo("fifo");
        for (String backup : new String[] {"/dev/zero", "fifo", "."}) {
            assertRefused(
                    run("repair", "--undo", backup, "cache.img"),
                    "repair",
                    "is not a repair backup: it is not a regular file");
        }
    }

    @Test
    void undoRefusesAFileLargerThanAnyBackup() throws Exception {
        blank("cache.img", 600 << 20);
        try (RandomAccessFile large = new RandomAccessFile(file("large").toFile(), "rw")) {
            large.write("pcache-repair-backup 1\n".getBytes(StandardCharsets.US_ASCII));
            large.setLength(8L << 30);
        }
        assertRefused(
                run("repair", "--undo", "large", "cache.img"),
                "repair",
                "large is not a repair backup: it has 8589934592 bytes");
    }

    @Test
    void undoGoesWithoutYesAndBackup() throws Exception {
        blank("cache.img", 600 << 20);
        for (String[] wrong : new String[][] {
            {"repair", "--undo", "f", "--yes", "cache.img"}, {"repair", "--undo", "f", "--backup", "b", "cache.img"}
        }) {
            Outcome outcome = run(wrong);
            assertThat(outcome.exit()).isEqualTo(16);
            assertThat(outcome.err()).startsWith("pcachectl: repair: --undo goes with neither --yes nor --backup");
        }
    }

    // ---- what the JVM throws ----

    @Test
    void anErrorOfTheJvmIsAFailure() throws Exception {
        unpack("dirty-crc");
        for (Error error : new Error[] {
            new OutOfMemoryError("Java heap space"),
            new StackOverflowError(),
            new InternalError("a fault"),
            new AssertionError()
        }) {
            Outcome outcome = new OfflineTool(directory, () -> {
                        throw error;
                    })
                    .run(new byte[0], "check", "cache.img");
            assertThat(outcome.exit()).isEqualTo(8);
            assertThat(outcome.err()).startsWith("pcachectl: check: ").hasLineCount(1);
        }
    }

    // ---- restore ----

    private String dump() throws Exception {
        unpack("dirty-crc");
        Outcome dump = run("dump", "--data", "cache.img");
        assertThat(dump.exit()).isZero();
        return dump.text();
    }

    private Outcome restore(String dump) {
        return OfflineTool.in(directory).run(dump.getBytes(StandardCharsets.UTF_8), "restore", "-", "made.img");
    }

    @Test
    void restoreLeavesNothingOfADumpThatWasCut() throws Exception {
        String dump = dump();
        for (int length : new int[] {dump.length() / 3, dump.length() * 2 / 3, dump.lastIndexOf('}')}) {
            Outcome outcome = restore(dump.substring(0, length));
            assertRefused(outcome, "restore", "-: line ", ", column ", "the dump ends too early");
            assertThat(outcome.err()).doesNotContain("Source", "REDACTED", "StreamReadFeature");
            assertThat(file("made.img")).doesNotExist();
        }
        assertThat(restore(dump).exit()).as("the name is free").isZero();
        assertThat(run("check", "made.img", "backing.img").exit()).isZero();
    }

    @Test
    void restoreRefusesWhatFollowsTheDump() throws Exception {
        String dump = dump();
        assertRefused(restore(dump + dump), "restore", "something follows the dump");
        assertThat(file("made.img")).doesNotExist();
        assertRefused(restore(dump + "garbage"), "restore", "-: line ");
        assertThat(file("made.img")).doesNotExist();
    }

    @Test
    void restoreNamesTheDumpThatIsNone() throws Exception {
        Files.writeString(file("list"), "[]");
        for (String dump : new String[] {"/dev/null", "list"}) {
            assertRefused(run("restore", dump, "made.img"), "restore", dump + ": line 1: expected an object");
            assertThat(file("made.img")).doesNotExist();
        }
    }

    @Test
    void restoreLeavesNothingOfAnImageThatDoesNotFit() throws Exception {
        for (String bytes : new String[] {
            "9223372036854775807", "9223372036854775808", "-1", "\"x\"", "600000000, \"bytes\": 600000000"
        }) {
            Outcome outcome = restore("{\"format\": \"pcache-dump 1\", \"bytes\": " + bytes
                    + ", \"log\": [{\"bytes\": \"00\", \"offset\": -1}]}");
            assertRefused(outcome, "restore");
            assertThat(file("made.img")).as(bytes).doesNotExist();
        }
    }

    // ---- names and kinds of files ----

    @Test
    void anEmptyNameIsNoFile() throws Exception {
        unpack("dirty-nocrc-overlap");
        Files.writeString(file("dump.json"), "{\"format\": \"pcache-dump 1\", \"bytes\": 600000000}");
        assertRefused(run("restore", "dump.json", ""), "restore", "a file's name is empty");
        assertRefused(run("restore", "", "made.img"), "restore", "a file's name is empty");
        assertRefused(run("check", ""), "check", "a file's name is empty");
        damageKeyTail();
        assertRefused(run("repair", "--yes", "--backup", "", "cache.img"), "repair", "a file's name is empty");
    }

    @Test
    void neitherADeviceNorAFile() throws Exception {
        blank("cache.img", 600 << 20);
        makeFifo("fifo");
        blank("backing.img", 64 << 20);
        for (String wrong : new String[] {".", "/dev/null", "fifo"}) {
            for (String[] command : new String[][] {
                {"check", wrong},
                {"dump", wrong},
                {"repair", wrong},
                {"repair", "--yes", wrong},
                {"check", "cache.img", wrong},
                {"writeback", wrong, "backing.img"},
                {"writeback", "cache.img", wrong},
                {"writeback", "--dry-run", "cache.img", wrong}
            }) {
                assertRefused(
                        run(command),
                        command[0],
                        wrong.equals(".") ? "" : wrong,
                        ": neither a block device nor a regular file");
            }
        }
        assertRefused(run("writeback", ".", "."), "writeback", ": neither a block device nor a regular file");
    }

    @Test
    void aCacheIsNotItsOwnBackingDevice() throws Exception {
        unpack("dirty-crc");
        Files.createSymbolicLink(file("symbolic"), file("cache.img"));
        Files.createLink(file("hard"), file("cache.img"));
        for (String other : new String[] {"cache.img", "symbolic", "hard"}) {
            assertRefused(
                    run("writeback", "cache.img", other), "writeback", "cache.img and " + other + " are the same file");
            assertRefused(run("writeback", "--dry-run", "cache.img", other), "writeback", "are the same file");
            assertRefused(run("check", "cache.img", other), "check", "are the same file");
        }
    }

    // ---- no cache ----

    @ParameterizedTest
    @ValueSource(longs = {1, 511, 4096, 1 << 20, 600L << 20})
    void allAgreeThatABlankFileCarriesNoCache(long size) throws Exception {
        blank("backing.img", 64 << 20);
        blank("blank", size);
        for (String[] command : new String[][] {
            {"check", "blank"},
            {"check", "--json", "blank"},
            {"repair", "blank"},
            {"repair", "--yes", "blank"},
            {"dump", "blank"},
            {"writeback", "blank", "backing.img"},
            {"writeback", "--dry-run", "blank", "backing.img"}
        }) {
            Outcome outcome = run(command);
            assertThat(outcome.exit())
                    .as(String.join(" ", command) + ": " + outcome.text() + outcome.err())
                    .isEqualTo(8);
            assertThat(outcome.err()).doesNotContain("internal error");
        }
        assertThat(run("dump", "blank").err()).isEqualTo("pcachectl: dump: blank: there is no cache on the device\n");
    }

    @Test
    void checkOfABlankDeviceSaysWhatItIsFor() throws Exception {
        blank("blank", 600L << 20);
        Outcome outcome = run("check", "blank");
        assertThat(outcome.exit()).isEqualTo(8);
        assertThat(outcome.text()).contains("blank: blank: create formats it").doesNotContain("something is wrong");

        try (RandomAccessFile other = new RandomAccessFile(file("blank").toFile(), "rw")) {
            other.seek(8192);
            other.write(1);
        }
        assertThat(run("check", "blank").text())
                .as("create does not format what has other content")
                .doesNotContain("create formats it")
                .contains("something is wrong");
    }

    @Test
    void anEmptyFileIsTooSmall() throws Exception {
        unpack("dirty-crc");
        Files.createFile(file("empty"));
        for (String[] command : new String[][] {
            {"check", "empty"},
            {"repair", "empty"},
            {"repair", "--yes", "empty"},
            {"dump", "empty"},
            {"writeback", "empty", "backing.img"},
            {"writeback", "--dry-run", "cache.img", "empty"}
        }) {
            assertRefused(run(command), command[0], "empty: 0 bytes: too small");
        }
        Files.write(file("almost"), new byte[511]);
        for (String small : new String[] {"empty", "almost"}) {
            assertRefused(
                    run("writeback", "--skip-beyond-end", "cache.img", small),
                    "writeback",
                    small + ": not a sector long");
        }
        assertRefused(
                run("writeback", "--dry-run", "--skip-beyond-end", "cache.img", "almost"),
                "writeback",
                "almost: not a sector long");
    }

    // ---- devices that go on with a disk ----

    /** Makes a device in the run directory whose target has died. */
    private void leaveDevice(String name, String cache, String backing) throws Exception {
        Registry registry = new Registry(new RunDirectory(directory.resolve("run")), null);
        try (Creation creation = registry.begin(CreateOptions.named(name))) {
            Files.write(
                    creation.device().directory().resolve("recover"),
                    JsonCodec.frame(new JsonObject()
                            .put("ublkId", -1)
                            .put("boot", BootId.read().text())
                            .put(
                                    "lines",
                                    TableLine.toJson(List.of(new TableLine(
                                            0, 131072, "pcache", file(cache) + " " + file(backing) + " 0"))))));
        }
    }

    @Test
    void whatADeadDeviceGoesOnWithIsNotWritten() throws Exception {
        String dump = dump();
        Files.writeString(file("dump.json"), dump);
        damageKeyTail();
        Files.copy(file("cache.img"), file("copy.img"));
        Files.createLink(file("hard"), file("cache.img"));
        leaveDevice("my\\x20disk", "cache.img", "backing.img");
        leaveDevice("gone", "gone.img", "other.img");
        for (String[] command : new String[][] {
            {"wipe", "--force", "cache.img"},
            {"wipe", "--force", "hard"},
            {"repair", "--yes", "cache.img"},
            {"writeback", "cache.img", "backing.img"},
            {"writeback", "copy.img", "backing.img"}
        }) {
            assertRefused(
                    run(command),
                    command[0],
                    "device my disk: its target has died",
                    "pcachectl restart 'my disk'",
                    "pcachectl remove 'my disk'",
                    "nothing was written");
        }
        assertRefused(run("restore", "dump.json", "gone.img"), "restore", "device gone: its target has died");
        assertThat(file("gone.img")).doesNotExist();
        assertThat(file("cache.img")).hasSameBinaryContentAs(file("copy.img"));
    }

    @Test
    void whatADeadDeviceGoesOnWithIsReadAndThatIsTold() throws Exception {
        unpack("dirty-crc");
        leaveDevice("pc", "cache.img", "backing.img");
        for (String[] command : new String[][] {
            {"check", "cache.img"},
            {"dump", "cache.img"},
            {"repair", "cache.img"},
            {"writeback", "--dry-run", "cache.img", "backing.img"}
        }) {
            Outcome outcome = run(command);
            assertThat(outcome.exit()).as(command[0]).isZero();
            assertThat(outcome.err())
                    .startsWith("pcachectl: cache.img: device pc: its target has died")
                    .hasLineCount(1);
        }
    }

    // ---- full file systems ----

    @Test
    void whatDoesNotFitAFileSystemIsNotLeftThere() throws Exception {
        try (SmallFileSystem small = SmallFileSystem.mount(directory.resolve("small"))) {
            String dump = dump();
            Outcome restored = OfflineTool.in(directory)
                    .run(dump.getBytes(StandardCharsets.UTF_8), "restore", "-", "small/made.img");
            assertRefused(restored, "restore");
            assertThat(file("small/made.img")).doesNotExist();

            damageKeyTail();
            small.fill();
            Outcome repaired = run("repair", "--yes", "--backup", "small/backup", "cache.img");
            assertRefused(repaired, "repair", "No space left on device");
            assertThat(file("small/backup")).doesNotExist();
            assertThat(run("repair", "--yes", "--backup", "backup", "cache.img").exit())
                    .as("nothing was written")
                    .isEqualTo(1);
        }
    }
}
