package io.pcache.dmctl.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pcache.backing.FileBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.dmctl.offline.OfflineTool.Outcome;
import io.pcache.engine.TestCache;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.MappedMemory;
import io.pcache.request.Request;
import io.pcache.sys.SystemCalls;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The offline verbs by their command lines: what the verbs print, and how they exit. */
class OfflineVerbsTest {
    private static final int SUPERBLOCK = 4096;
    private static final int KEY_TAIL = 16384;

    @TempDir
    Path directory;

    private Outcome run(byte[] input, String... arguments) {
        return OfflineTool.in(directory).run(input, arguments);
    }

    private Outcome run(String... arguments) {
        return run(new byte[0], arguments);
    }

    private void unpack(String scenario) throws Exception {
        KernelImages.named(scenario).unpack(directory);
    }

    private void flip(long offset) throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("cache.img").toFile(), "rw")) {
            file.seek(offset);
            int value = file.read();
            file.seek(offset);
            file.write(value ^ 4);
        }
    }

    private String sha256(String file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(directory.resolve(file))) {
            for (int read; (read = in.read(buffer)) > 0; ) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static List<KernelImage> images() {
        return KernelImages.all();
    }

    @ParameterizedTest
    @MethodSource("images")
    void dumpAndRestoreMakeACacheThatActivatesTheSame(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);
        Outcome dump = run("dump", "--data", "cache.img");
        assertThat(dump.exit()).as(dump.err()).isZero();
        Outcome restored = run(dump.out(), "restore", "-", "restored.img");
        assertThat(restored.exit()).as(restored.err()).isZero();
        assertThat(Files.size(directory.resolve("restored.img"))).isEqualTo(Files.size(files.cache()));

        // The image has the same structures, key-sets, keys and data, byte for byte.
        Outcome again = run("dump", "--data", "restored.img");
        assertThat(again.text().replace("restored.img", "cache.img")).isEqualTo(dump.text());
        assertThat(run("check", "restored.img", "backing.img").exit()).isZero();
        String status;
        try (TestCache cache = activate("restored.img", image)) {
            status = cache.cache().statusLine();
            cache.settle();
        }
        try (TestCache cache = activate("cache.img", image)) {
            assertThat(cache.cache().statusLine()).isEqualTo(status);
        }
        assertThat(sha256("backing.img")).isEqualTo(image.logicalSha256());
    }

    private TestCache activate(String cache, KernelImage image) throws Exception {
        return new TestCache(
                MappedMemory.open(directory.resolve(cache).toString()),
                FileBacking.open(directory.resolve("backing.img").toString()),
                image.dataCrc());
    }

    private Path carryOverOf(String cache) throws Exception {
        Path folder = Files.createDirectories(directory.resolve("run/control/carry-over"));
        return folder.resolve(
                SystemCalls.linux().status(directory.resolve(cache).toString()).identity());
    }

    @Test
    void tellsOfWritesThatAKilledTargetHasLeft() throws Exception {
        unpack("wrapped");
        FileBacking backing = FileBacking.open(directory.resolve("backing.img").toString());
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .dataCrc(KernelImages.named("wrapped").dataCrc())
                .carryOver(carryOverOf("cache.img"))
                .build();
        try (TestCache cache =
                new TestCache(MappedMemory.open(directory.resolve("cache.img").toString()), backing, config, 1)) {
            cache.await(cache.submit(0, Request.Op.WRITE, 0, 4096, false, new byte[4096]));
            assertThat(new ProcessBuilder("cp", "--sparse=always", "cache.img", "killed.img")
                            .directory(directory.toFile())
                            .start()
                            .waitFor())
                    .isZero();
            Files.copy(carryOverOf("cache.img"), carryOverOf("killed.img"));
            cache.await(cache.submit(0, Request.Op.WRITE, 8192, 4096, false, new byte[4096]));
        }
        String line = "pcachectl: killed.img: acknowledged, unflushed writes of a killed target wait in "
                + carryOverOf("killed.img") + " (1 key-set): ";

        assertThat(run("check", "killed.img").err()).startsWith(line);
        assertThat(run("check", "--json", "killed.img")
                        .json()
                        .path("carry_over")
                        .path("key_sets")
                        .intValue())
                .isEqualTo(1);
        assertThat(run("repair", "killed.img").err()).startsWith(line);
        String before = sha256("killed.img");
        Outcome refused = run("writeback", "killed.img", "backing.img");
        assertThat(refused.exit()).isEqualTo(8);
        assertThat(refused.err()).startsWith(line).contains("nothing was written");
        assertThat(run("writeback", "--dry-run", "killed.img", "backing.img").exit())
                .isEqualTo(4);
        Outcome unwiped = run("wipe", "killed.img");
        assertThat(unwiped.exit()).isEqualTo(8);
        assertThat(unwiped.err())
                .as("writeback alone would refuse")
                .contains("nothing was written; create a device on this cache and remove it first, then 'pcachectl "
                        + "writeback killed.img BACKING'");
        assertThat(sha256("killed.img")).isEqualTo(before);
        assertThat(run("writeback", "--ignore-carry-over", "killed.img", "backing.img")
                        .exit())
                .isZero();
        assertThat(run("check", "cache.img").err()).as("ended in order").isEmpty();

        // Another cache is put in the same place. It has the same size, and was activated as often.
        assertThat(new ProcessBuilder("cp", "--sparse=always", "cache.img", "killed.img")
                        .directory(directory.toFile())
                        .start()
                        .waitFor())
                .isZero();
        Outcome other = run("check", "--json", "killed.img");
        assertThat(other.err())
                .contains("in " + carryOverOf("killed.img") + " belong to another cache")
                .hasLineCount(1);
        assertThat(other.json().has("carry_over")).isFalse();
        Outcome written = run("writeback", "killed.img", "backing.img");
        assertThat(written.exit()).as(written.err()).isZero();
    }

    @Test
    void dumpTellsPlacesAndStatesOfKeys() throws Exception {
        unpack("wrapped");
        JsonNode dump = run("dump", "cache.img").json();
        JsonNode media = KernelImages.named("wrapped").media();
        long keys = 0;
        long dirty = 0;
        for (JsonNode piece : dump.path("log")) {
            for (JsonNode key : piece.path("keys")) {
                keys++;
                dirty += key.path("state").textValue().equals("dirty") ? 1 : 0;
                assertThat(key.has("data")).isFalse();
            }
        }
        assertThat(keys).isEqualTo(media.path("keys").longValue());
        assertThat(dirty).isPositive().isLessThan(keys);
        assertThat(dump.path("log")
                        .get(dump.path("log").size() - 1)
                        .path("position")
                        .textValue())
                .isEqualTo(media.path("key_head").textValue());
        assertThat(dump.path("superblock").path("seg_num").intValue()).isEqualTo(33);
    }

    @Test
    void restoreComputesAChecksumThatWasTakenOut() throws Exception {
        unpack("fresh");
        String dump = run("dump", "cache.img").text();
        String edited = dump.replaceFirst("\"crc\" : \"[0-9a-f]{8}\",\\s*\"flags\"", "\"flags\"")
                .replaceFirst("\"padding\" : 0", "\"padding\" : 7");
        assertThat(edited).isNotEqualTo(dump);
        Files.writeString(directory.resolve("dump.json"), edited);
        assertThat(run("restore", "dump.json", "restored.img").exit()).isZero();
        assertThat(run("check", "restored.img").exit()).isZero();
    }

    @Test
    void restoreSaysWhereADumpIsWrong() throws Exception {
        for (String wrong : new String[] {
            "",
            "[]",
            "{}",
            "{\"bytes\": 600000000}",
            "{\"format\": \"pcache-dump 1\", \"bytes\": 600000000,\n \"log\": [7]}",
            "{\"format\": \"pcache-dump 1\", \"bytes\": 600000000,\n \"structures\": [{\"structure\": \"x\"}]}"
        }) {
            Files.writeString(directory.resolve("dump.json"), wrong);
            Outcome outcome = run("restore", "dump.json", "made.img");
            assertThat(outcome.exit()).as(wrong).isEqualTo(8);
            assertThat(outcome.err())
                    .as(wrong)
                    .startsWith("pcachectl: restore: ")
                    .hasLineCount(1);
            assertThat(directory.resolve("made.img")).as(wrong).doesNotExist();
        }
        Files.writeString(directory.resolve("precious"), "x");
        Files.writeString(directory.resolve("dump.json"), "{\"format\": \"pcache-dump 1\", \"bytes\": 600000000}");
        assertThat(run("restore", "dump.json", "precious").err()).contains("File exists");
        assertThat(directory.resolve("precious")).hasContent("x");
    }

    @Test
    void checkExitsAsFsckDoes() throws Exception {
        unpack("dirty-crc");
        Outcome clean = run("check", "cache.img", "backing.img");
        assertThat(clean.exit()).isZero();
        assertThat(clean.text())
                .contains(
                        "cache.img: no errors; 424 keys, ",
                        " bytes, dirty (not on the backing device yet)",
                        "14 key-sets, 424 keys",
                        "data_crc true");

        flip(KEY_TAIL + 8);
        Outcome damaged = run("check", "cache.img");
        assertThat(damaged.exit()).isEqualTo(4);
        assertThat(damaged.text())
                .contains(
                        "error: key-tail-lost: ",
                        "the key tail (byte 16384)",
                        "repair can do something about all of it");

        assertThat(run("check", "missing.img").exit()).isEqualTo(8);
        assertThat(run("check", "missing.img").err())
                .isEqualTo("pcachectl: check: statx " + directory.resolve("missing.img")
                        + ": No such file or directory (ENOENT)\n");
        assertThat(run("check", "backing.img").exit()).isEqualTo(8);
        assertThat(run("check").exit()).isEqualTo(16);
        assertThat(run("check", "--nonsense", "cache.img").exit()).isEqualTo(16);
        assertThat(run("check", "--help").exit()).isZero();
    }

    @Test
    void checkCountsWhatIsDirty() throws Exception {
        unpack("wrapped");
        long keys = 0;
        long bytes = 0;
        for (JsonNode piece : run("dump", "cache.img").json().path("log")) {
            for (JsonNode key : piece.path("keys")) {
                boolean dirty = key.path("state").textValue().equals("dirty");
                keys += dirty ? 1 : 0;
                bytes += dirty ? key.path("len").longValue() : 0;
            }
        }
        assertThat(keys).isPositive();
        JsonNode report = run("check", "--json", "cache.img").json();
        assertThat(report.path("sound").booleanValue()).isTrue();
        assertThat(report.has("clean"))
                .as("elsewhere that means that nothing is dirty")
                .isFalse();
        assertThat(report.path("log").path("dirty_keys").longValue()).isEqualTo(keys);
        assertThat(report.path("log").path("dirty_bytes").longValue()).isEqualTo(bytes);
        assertThat(run("check", "cache.img").text())
                .endsWith("cache.img: no errors; " + keys + " keys, " + bytes
                        + " bytes, dirty (not on the backing device yet)\n");
    }

    @Test
    void checkTellsAsJson() throws Exception {
        unpack("wrapped");
        flip(SUPERBLOCK);
        JsonNode report = run("check", "--json", "cache.img").json();
        assertThat(report.path("sound").booleanValue()).isFalse();
        assertThat(report.path("mendable").booleanValue()).isTrue();
        JsonNode finding = report.path("findings").get(0);
        assertThat(finding.path("problem").textValue()).isEqualTo("superblock-checksum");
        assertThat(finding.path("severity").textValue()).isEqualTo("error");
        assertThat(finding.path("offset").intValue()).isEqualTo(SUPERBLOCK);
        assertThat(finding.path("repair").textValue()).isEqualTo("write the superblock anew, with seg_num 33");
        assertThat(report.path("log").path("dirty_tail").textValue()).isEqualTo("1:2037488");
        assertThat(report.path("segments").path("count").intValue()).isEqualTo(33);
    }

    @Test
    void keepsOutOfADeviceInUse() throws Exception {
        unpack("fresh");
        try (MappedMemory target =
                MappedMemory.open(directory.resolve("cache.img").toString())) {
            for (String[] command : new String[][] {
                {"check", "cache.img"},
                {"dump", "cache.img"},
                {"repair", "cache.img"},
                {"repair", "--yes", "cache.img"},
                {"writeback", "cache.img", "backing.img"}
            }) {
                Outcome outcome = run(command);
                assertThat(outcome.exit()).isEqualTo(8);
                assertThat(outcome.err()).contains("EBUSY").hasLineCount(1);
            }
            assertThat(target.size()).isPositive();
        }
    }

    @Test
    void saysWhoHasTheDevice() throws Exception {
        unpack("fresh");
        Process holder = new ProcessBuilder(
                        "flock", directory.resolve("cache.img").toString(), "sh", "-c", "echo held; read end")
                .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            Outcome outcome = run("check", "cache.img");
            assertThat(outcome.exit()).isEqualTo(8);
            assertThat(outcome.err())
                    .matches("pcachectl: check: .*/cache\\.img: in use by process [0-9]+ \\((flock|sh)\\) "
                            + "\\(EBUSY\\)\n");
        } finally {
            holder.getOutputStream().close();
            holder.waitFor();
        }
    }

    @Test
    void repairSaysWhatItWouldDoDoesItAndTakesItBack() throws Exception {
        unpack("dirty-nocrc-overlap");
        flip(KEY_TAIL + 8);
        String damaged = sha256("cache.img");
        Outcome shown = run("repair", "cache.img");
        assertThat(shown.exit()).isEqualTo(4);
        assertThat(shown.text()).contains("would set the key tail to 0:0", "nothing was written; --yes does it");
        assertThat(sha256("cache.img")).isEqualTo(damaged);

        Outcome done = run("repair", "--yes", "cache.img");
        assertThat(done.exit()).isEqualTo(1);
        assertThat(done.text()).contains("done: set the key tail to 0:0", "pcache-repair-1.backup");
        assertThat(run("check", "cache.img").exit()).isZero();
        assertThat(run("repair", "--yes", "cache.img").exit()).isZero();

        assertThat(run("repair", "--undo", "pcache-repair-1.backup", "cache.img")
                        .exit())
                .isZero();
        assertThat(sha256("cache.img")).isEqualTo(damaged);
    }

    @Test
    void repairNeverReplacesABackup() throws Exception {
        unpack("dirty-nocrc-overlap");
        flip(KEY_TAIL + 8);
        String damaged = sha256("cache.img");
        Files.writeString(directory.resolve("kept"), "x");
        Outcome outcome = run("repair", "--yes", "--backup", "kept", "cache.img");
        assertThat(outcome.exit()).isEqualTo(8);
        assertThat(outcome.err()).contains("File exists; nothing was written");
        assertThat(sha256("cache.img")).isEqualTo(damaged);
    }

    @Test
    void writebackCountsFirstAndThenWrites() throws Exception {
        unpack("dirty-crc");
        String before = sha256("backing.img");
        Outcome counted = run("writeback", "--dry-run", "cache.img", "backing.img");
        assertThat(counted.exit()).as(counted.err()).isZero();
        assertThat(counted.text()).startsWith("would write 424 keys");
        assertThat(sha256("backing.img")).isEqualTo(before);

        JsonNode written =
                run("writeback", "--json", "cache.img", "backing.img").json();
        assertThat(written.path("complete").booleanValue()).isTrue();
        assertThat(written.path("keys").intValue()).isEqualTo(424);
        assertThat(written.path("dirty_tail").textValue()).isEqualTo("0:17296");
        assertThat(sha256("backing.img"))
                .isEqualTo(KernelImages.named("dirty-crc").logicalSha256());
        Outcome after = run("check", "cache.img", "backing.img");
        assertThat(after.exit()).as("all that was written back is compared").isZero();
        assertThat(after.text()).contains("cache.img: no errors; nothing is dirty\n");
    }

    @Test
    void checkFindsABackingDeviceThatSomebodyWroteTo() throws Exception {
        unpack("clean-readfill");
        JsonNode clean = run("check", "--json", "cache.img", "backing.img").json();
        assertThat(clean.path("sound").booleanValue()).isTrue();
        assertThat(clean.path("compared_bytes").longValue()).isPositive();
        JsonNode key =
                run("dump", "cache.img").json().path("log").get(20).path("keys").get(0);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("backing.img").toFile(), "rw")) {
            file.seek(key.path("off").longValue());
            file.write("somebody".getBytes(StandardCharsets.US_ASCII));
        }
        Outcome outcome = run("check", "--json", "cache.img", "backing.img");
        assertThat(outcome.exit()).isEqualTo(4);
        assertThat(outcome.json().path("counts").path("backing-differs").intValue())
                .isPositive();
    }
}
