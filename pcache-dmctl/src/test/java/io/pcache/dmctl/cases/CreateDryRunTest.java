package io.pcache.dmctl.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.media.KernelImages;
import io.pcache.media.KeySetLayout;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code create --dry-run} on real files tells what {@code create} would make, fails as {@code create} would, and
 * changes nothing.
 */
class CreateDryRunTest {
    private static final long MIB = 1 << 20;
    private static final long SECTORS = 256 * MIB / 512;
    private static final int SUPERBLOCK = 4096;
    private static final int KEY_TAIL = 16384;

    @TempDir
    Path root;

    private Path scratch;
    private CaseMachine machine;

    @BeforeEach
    void startMachine() throws IOException {
        scratch = Files.createDirectory(root.resolve("scratch"));
        machine = new CaseMachine(scratch, root);
        file("cache", 544);
        file("backing", 256);
        file("other", 256);
    }

    @AfterEach
    void stopMachine() {
        machine.close();
    }

    private void file(String name, long mebibytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(scratch.resolve(name).toFile(), "rw")) {
            file.setLength(mebibytes * MIB);
        }
    }

    private void store(String name, long offset, int... bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(scratch.resolve(name).toFile(), "rw")) {
            file.seek(offset);
            for (int value : bytes) {
                file.write(value);
            }
        }
    }

    private String table(String cache, String backing, String options) {
        return "0 " + SECTORS + " pcache " + scratch.resolve(cache) + " " + scratch.resolve(backing) + options;
    }

    private Outcome create(String name, String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("create", name, "--frontend", "nbd"));
        words.addAll(List.of(options));
        return machine.runAs("pcachectl", words);
    }

    private Outcome succeed(String name, String... options) throws Exception {
        Outcome outcome = create(name, options);
        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        return outcome;
    }

    private Outcome dryRun(String name, String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("--dry-run"));
        words.addAll(List.of(options));
        return create(name, words.toArray(String[]::new));
    }

    private void remove(String name) throws Exception {
        Outcome outcome = machine.runAs("pcachectl", List.of("remove", name));
        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
    }

    /** Of each file, by path: size, bytes allocated, time of change, and a checksum of the content. */
    private Map<String, String> everything() throws Exception {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                boolean regular = Files.isRegularFile(path);
                all.put(
                        path.toString(),
                        Files.isSymbolicLink(path)
                                ? Files.readSymbolicLink(path).toString()
                                : Files.getLastModifiedTime(path)
                                        + (regular
                                                ? " " + Files.size(path) + " " + checksum(path) + " "
                                                        + SystemCalls.linux()
                                                                .status(path.toString())
                                                                .allocatedBytes()
                                                : ""));
            }
        }
        return all;
    }

    private static long checksum(Path path) throws IOException {
        CRC32C sum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) MIB);
        try (FileChannel channel = FileChannel.open(path)) {
            // The file system gives out blocks some time after a write.
            channel.force(true);
            while (channel.read(buffer.clear()) > 0) {
                sum.update(buffer.flip());
            }
        }
        return sum.getValue();
    }

    // ---- what is told ----

    @Test
    void tellsThatABlankDeviceWouldBeFormattedAndLeavesAllAsItIs() throws Exception {
        Map<String, String> before = everything();

        Outcome outcome = dryRun("demo", "--uuid", "U-1", "--table", table("cache", "backing", ""));

        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        assertThat(outcome.stderr()).isEmpty();
        assertThat(outcome.stdout().replace(scratch.toString(), "/d"))
                .contains(
                        "name: demo, free; minor 0\n",
                        "uuid: U-1, free\n",
                        "table: 524288 sectors from 0 on, target pcache\n",
                        "cache device: /d/cache: file, 570425344 bytes\n",
                        "cache: none on the device: would be formatted, 33 segments, data_crc false\n",
                        "backing device: /d/backing: 268435456 bytes, blocks of 512 bytes, physical ones of 4096\n",
                        "length: 524288 of 524288 sectors of the backing device\n",
                        "front end: nbd\n",
                        "memory: ",
                        " MiB are available\n",
                        "notice: the cache device (570425344 bytes) is larger than the backing device")
                .endsWith("create: would succeed, as far as can be told; nothing was changed\n");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void leavesTheRunDirectoryOfDevicesThatThereAreAsItIs() throws Exception {
        file("cache2", 544);
        succeed("first", "--table", table("cache", "backing", ""));
        Map<String, String> before = everything();

        Outcome outcome = dryRun("second", "--table", table("cache2", "other", ""));

        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        assertThat(outcome.stdout()).startsWith("name: second, free; minor 1\n");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void takesTheTableOfStandardInputAndOfAFileAndNone() throws Exception {
        Files.writeString(scratch.resolve("table"), table("cache", "backing", ""));
        assertThat(dryRun("demo", scratch.resolve("table").toString()).stdout()).contains("would be formatted");
        assertThat(machine.run(
                                List.of("create", "demo", "--dry-run", "--frontend", "nbd"),
                                table("cache", "backing", ""))
                        .stdout())
                .contains("would be formatted");
        assertThat(dryRun("demo", "--notable").stdout()).contains("table: none\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dirty-crc", "wrapped"})
    void tellsOfTheCacheThatIsThereWhatCreateThenActivates(String scenario) throws Exception {
        KernelImages.named(scenario).unpack(scratch);
        long sectors = Files.size(scratch.resolve("backing.img")) / 512;
        String table = table("cache.img", "backing.img", scenario.endsWith("-crc") ? " 2 data_crc true" : "")
                .replace("0 " + SECTORS, "0 " + sectors);
        Map<String, String> before = everything();

        Outcome outcome = dryRun("demo", "--json", "--table", table);

        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        assertThat(everything()).isEqualTo(before);
        JsonNode cache = new ObjectMapper().readTree(outcome.stdout()).get("cache");
        assertThat(cache.get("format").booleanValue()).isFalse();
        succeed("demo", "--table", table);
        assertThat(machine.runAs("pcachectl", List.of("status", "demo"))
                        .stdout()
                        .split(" ")[5])
                .isEqualTo(cache.get("segments").asText());
    }

    @Test
    void countsWhatIsDirtyAsCheckDoes() throws Exception {
        dirtyImage();
        String table = "0 " + Files.size(scratch.resolve("backing")) / 512 + " pcache " + scratch.resolve("cache") + " "
                + scratch.resolve("backing");

        JsonNode cache = new ObjectMapper()
                .readTree(dryRun("demo", "--json", "--table", table).stdout())
                .get("cache");

        JsonNode check = new ObjectMapper()
                .readTree(machine.runAs(
                                "pcachectl",
                                List.of(
                                        "check",
                                        "--json",
                                        scratch.resolve("cache").toString()))
                        .stdout());
        assertThat(check.findValue("dirty_bytes").longValue()).isPositive();
        assertThat(cache.get("dirty_bytes").longValue())
                .isPositive()
                .isLessThanOrEqualTo(check.findValue("dirty_bytes").longValue());
        assertThat(cache.get("dirty_keys").longValue() > 0)
                .isEqualTo(cache.get("dirty_bytes").longValue() > 0);
    }

    @Test
    void goesWithOneDeviceOnly() throws Exception {
        Outcome outcome = dryRun("demo,,,rw,0 8 zero", "--concise");
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.stderr()).contains("--dry-run takes one device");
    }

    // ---- what is refused ----

    /** What can stand in the way of a create, and how a test puts the obstacle there. */
    enum Obstacle {
        FOREIGN {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.store("cache", 1024 + 56, 0x53, 0xEF);
            }
        },
        SOMETHING_UNKNOWN {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.store("cache", 700_000, 1);
            }
        },
        TOO_SMALL {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.file("cache", 256);
            }
        },
        EMPTY {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.file("cache", 0);
            }
        },
        MISSING {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                Files.delete(test.scratch.resolve("backing"));
            }
        },
        DIRECTORY {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                Files.delete(test.scratch.resolve("cache"));
                Files.createDirectory(test.scratch.resolve("cache"));
            }
        },
        TOO_LONG {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.file("backing", 128);
            }
        },
        SAME_DEVICE_TWICE {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                Files.delete(test.scratch.resolve("backing"));
                Files.createLink(test.scratch.resolve("backing"), test.scratch.resolve("cache"));
            }
        },
        NAME_IN_USE {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.succeed("demo", "--notable");
            }
        },
        UUID_IN_USE {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.succeed("first", "--notable", "--uuid", "U-1");
            }
        },
        DEVICES_IN_USE {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.succeed("first", "--table", test.table("cache", "backing", ""));
            }
        },
        OTHER_BACKING_DEVICE {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.succeed("first", "--table", test.table("cache", "other", ""));
                test.remove("first");
            }
        },
        OTHER_DATA_CRC {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.succeed("first", "--table", test.table("cache", "backing", " 2 data_crc true"));
                test.remove("first");
            }
        },
        CUT_SHORT {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.cache();
                test.file("cache", 520);
            }
        },
        SWAPPED {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.cache();
                Files.move(test.scratch.resolve("cache"), test.scratch.resolve("swap"));
                test.file("cache", 544);
                Files.delete(test.scratch.resolve("backing"));
                Files.move(test.scratch.resolve("swap"), test.scratch.resolve("backing"));
            }
        },
        SUPERBLOCK_DAMAGED {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.cache();
                test.store("cache", SUPERBLOCK, 0xA5);
            }
        },
        TAILS_DAMAGED {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.dirtyImage();
                for (int copy = 0; copy < 4; copy++) {
                    test.store("cache", KEY_TAIL + copy * 32 + 8, 0xA5);
                }
            }
        },
        LOG_DAMAGED {
            @Override
            void put(CreateDryRunTest test) throws Exception {
                test.dirtyImage();
                // The damage is in the keys of the first key-set, and other key-sets follow.
                test.store("cache", test.firstKeySet() + 100, 0xA5, 0xA5, 0xA5);
            }
        };

        abstract void put(CreateDryRunTest test) throws Exception;
    }

    private void cache() throws Exception {
        succeed("first", "--table", table("cache", "backing", ""));
        remove("first");
    }

    private void dirtyImage() throws Exception {
        KernelImages.named("dirty-nocrc-overlap").unpack(scratch);
        for (String name : List.of("cache", "backing")) {
            Files.delete(scratch.resolve(name));
            Files.move(scratch.resolve(name + ".img"), scratch.resolve(name));
        }
    }

    private long firstKeySet() throws IOException {
        // The magic of the first key-set in the log.
        try (RandomAccessFile file =
                new RandomAccessFile(scratch.resolve("cache").toFile(), "r")) {
            for (long at = 20480; at < 20480 + MIB; at += 8) {
                file.seek(at);
                if (Long.reverseBytes(file.readLong()) == KeySetLayout.MAGIC_VALUE) {
                    return at;
                }
            }
        }
        throw new AssertionError("there is no log");
    }

    @ParameterizedTest
    @EnumSource
    void isRefusedAsCreateIs(Obstacle obstacle) throws Exception {
        obstacle.put(this);
        String[] options = {"--uuid", "U-1", "--table", table("cache", "backing", "")};
        Map<String, String> before = everything();

        Outcome outcome = dryRun("demo", options);

        assertThat(everything()).isEqualTo(before);
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.stdout()).isEmpty();
        Outcome created = create("demo", options);
        assertThat(created.exit()).isEqualTo(1);
        assertThat(outcome.stderr()).isEqualTo(created.stderr());
    }
}
