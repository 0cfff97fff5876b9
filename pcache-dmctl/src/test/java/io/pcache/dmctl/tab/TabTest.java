package io.pcache.dmctl.tab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.MappedMemory;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code attach} and {@code detach} make of the tab. {@link TabLanguageTest} tests what lines of the tab mean. */
class TabTest {
    private static final String WRONG = "discard";

    @TempDir
    Path folder;

    private CaseMachine machine;
    private Path tab;

    @BeforeEach
    void start() throws Exception {
        machine = new CaseMachine(folder, folder);
        tab = folder.resolve("tab");
    }

    @AfterEach
    void end() throws Exception {
        machine.close();
    }

    /** A line for a device that can be attached, with the machine's first or second pair of devices. */
    private String line(String name, int pair, String options) {
        return name + " " + folder.resolve("dev/pmem" + pair) + " " + folder.resolve("dev/loop" + pair) + " size=2048"
                + options + "\n";
    }

    private CaseMachine.Outcome attach(String... words) throws Exception {
        return run("attach", words);
    }

    private CaseMachine.Outcome run(String verb, String... words) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(verb, "--tab", tab.toString()));
        arguments.addAll(List.of(words));
        return machine.run(arguments);
    }

    private List<String> devices() throws Exception {
        return machine.run(List.of("info", "-c", "--noheadings", "-o", "name"))
                .stdout()
                .lines()
                .filter(name -> !name.equals("No devices found"))
                .sorted()
                .toList();
    }

    @Test
    void lineBecomesTheWordsOfCreate() throws Exception {
        Path backing = Files.write(folder.resolve("b c"), new byte[1 << 20]);
        Files.writeString(
                tab,
                "slow /c " + backing.toString().replace(" ", "\\040")
                        + " data_crc=false,noauto,queues=2,metrics=unix,cache-discard=true,cache-io=buffered\n");
        TabEntry entry = TabFile.read(tab).get(0).entry();
        assertThat(entry.isManual()).isTrue();
        assertThat(entry.createArguments(new BackingPlace(folder)))
                .containsExactly(
                        "create",
                        "--queues",
                        "2",
                        "--cache-io",
                        "buffered",
                        "--cache-discard",
                        "true",
                        "--metrics",
                        "unix",
                        "--table",
                        "0 2048 pcache /c " + backing.toString().replace(" ", "\\ ")
                                + " 4 cache_mode writeback data_crc false",
                        "--",
                        "slow");
        assertThat(TabFile.read(folder.resolve("nosuch"))).isEmpty();
    }

    @Test
    void tabThatWasNamedIsAFileThatIsThere() throws Exception {
        tab = folder.resolve("nosuch");
        for (String[] command :
                new String[][] {{"attach", "--all"}, {"attach", "--check"}, {"detach", "--all"}, {"attach", "one"}}) {
            CaseMachine.Outcome outcome = run(command[0], command[1]);
            assertThat(outcome.exit()).as(String.join(" ", command)).isEqualTo(1);
            assertThat(outcome.stderr()).isEqualTo(tab + ": No such file or directory\nCommand failed.\n");
        }
        for (String wrong : List.of("/dev/zero", folder.toString())) {
            tab = Path.of(wrong);
            CaseMachine.Outcome outcome = attach("--check");
            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.stderr()).isEqualTo(wrong + ": not a regular file, so no tab\nCommand failed.\n");
        }
        tab = folder.resolve("large");
        try (RandomAccessFile large = new RandomAccessFile(tab.toFile(), "rw")) {
            large.setLength(8L << 30);
        }
        assertThat(attach("--check").stderr()).startsWith(tab + ": 8589934592 bytes, a tab has at most");
    }

    /** A table that says another data_crc than the cache was made with is refused. */
    @Test
    void cacheKeepsTheChecksumsThatItWasMadeWith() throws Exception {
        Path cache = folder.resolve("made");
        Path backing = Files.write(folder.resolve("b"), new byte[1 << 20]);
        Files.writeString(tab, "one " + cache + " " + backing + "\n");
        assertThat(tableOfFirst()).as("no cache yet").endsWith(" data_crc true");
        make(cache, CacheInfoLayout.FLAG_INIT_DONE);
        assertThat(tableOfFirst()).endsWith(" data_crc false");
        make(cache, CacheInfoLayout.FLAG_INIT_DONE | CacheInfoLayout.FLAG_DATA_CRC);
        assertThat(tableOfFirst()).endsWith(" data_crc true");

        Files.writeString(tab, "one " + cache + " " + backing + " data_crc=false\n");
        CaseMachine.Outcome attach = attach("one");
        assertThat(attach.exit()).isEqualTo(1);
        assertThat(attach.stderr())
                .isEqualTo("one: the tab says data_crc=false, but the cache on " + cache
                        + " was made with data_crc true, which stays: leave data_crc out of the tab's line\n"
                        + "Command failed.\n");
    }

    private String tableOfFirst() throws Exception {
        List<String> words = TabFile.read(tab).get(0).entry().createArguments(new BackingPlace(folder));
        return words.get(words.indexOf("--table") + 1);
    }

    private static void make(Path cache, int flags) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(cache.toFile(), "rw")) {
            file.setLength(DeviceLayout.MIN_DEVICE_BYTES);
        }
        try (MappedMemory memory = MappedMemory.open(cache.toString())) {
            int segments = 1;
            new Superblock(memory).store(segments);
            RecordKind.CACHE_INFO
                    .in(memory)
                    .setInt(CacheInfoLayout.N_SEGS, segments)
                    .setInt(CacheInfoLayout.FLAGS, flags)
                    .store();
        }
    }

    @Test
    void manualExplainsEveryOption() throws IOException {
        String page = Files.readString(Path.of("..", "man", "pcache.tab.5"));
        assertThat(TabOptions.names()).allSatisfy(option -> assertThat(page).contains(option));
    }

    @Test
    void wrongLineIsNoMatterForTheOthers() throws Exception {
        Files.writeString(tab, "two /c /b " + WRONG + "\n" + line("one", 0, "") + line("three", 1, ""));
        CaseMachine.Outcome one = attach("one");
        assertThat(one.stderr()).isEmpty();
        assertThat(one.exit()).isZero();
        CaseMachine.Outcome all = attach("--all");
        assertThat(all.stderr())
                .startsWith(tab + ": line 1: unknown option 'discard'")
                .endsWith("Command failed.\n");
        assertThat(all.exit()).isEqualTo(1);
        assertThat(devices()).containsExactly("one", "three");

        CaseMachine.Outcome two = attach("two", "one", "four");
        assertThat(two.stderr()).contains(": line 1: unknown option", "there is no line for 'four'");
        assertThat(two.exit()).isEqualTo(1);
    }

    @Test
    void wrongLineWithNofailDoesNotCount() throws Exception {
        Files.writeString(tab, "two /c /b nofail," + WRONG + "\n" + line("one", 0, ""));
        CaseMachine.Outcome all = attach("--all");
        assertThat(all.stderr()).contains("line 1: unknown option 'discard'");
        assertThat(all.exit()).isZero();
        assertThat(devices()).containsExactly("one");
        assertThat(attach("two").exit()).as("a device that is asked for").isEqualTo(1);
    }

    @Test
    void detachNeedsOnlyTheNames() throws Exception {
        Files.writeString(tab, line("one", 0, "") + line("two", 1, ""));
        assertThat(attach("--all").exit()).isZero();
        Files.writeString(tab, Files.readString(tab).replace("size=2048", WRONG) + "no\n/\n");
        assertThat(run("detach", "two").exit()).isZero();
        assertThat(devices()).containsExactly("one");
        CaseMachine.Outcome all = run("detach", "--all");
        assertThat(all.stderr()).isEmpty();
        assertThat(all.exit()).isZero();
        assertThat(devices()).isEmpty();
        assertThat(run("detach", "four").stderr())
                .contains("there is no line for 'four'")
                .endsWith("Command failed.\n");
    }

    @Test
    void checkTellsAllThatIsWrongAndMakesNothing() throws Exception {
        Files.writeString(tab, line("one", 0, "") + "two /c /b " + WRONG + "\n\n# none\nthree c /b nofail\n");
        CaseMachine.Outcome check = attach("--check");
        assertThat(check.stderr().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(tab + ": line 2: unknown option 'discard'"),
                        line -> assertThat(line).startsWith(tab + ": line 5: 'c': expected an absolute path"),
                        line -> assertThat(line).isEqualTo("Command failed."));
        assertThat(check.exit()).isEqualTo(1);
        assertThat(devices()).isEmpty();

        Files.writeString(tab, line("one", 0, ""));
        assertThat(attach("--check"))
                .satisfies(
                        good -> assertThat(good.exit()).isZero(),
                        good -> assertThat(good.stdout() + good.stderr()).isEmpty());
        assertThat(attach("--check", "one").stderr()).startsWith("attach --check takes no names");
        assertThat(devices()).isEmpty();
    }

    @Test
    void deviceWhoseNameLooksLikeAnOptionComesAndGoes() throws Exception {
        Files.writeString(tab, line("-f", 0, ""));
        assertThat(attach("--", "-f").exit()).isZero();
        assertThat(devices()).containsExactly("-f");
        assertThat(run("detach", "--all").exit()).isZero();
        assertThat(devices()).isEmpty();
    }

    @Test
    void waitsForADeviceThatIsOnItsWay() throws Exception {
        Files.writeString(tab, line("one", 0, ",device-timeout=60"));
        Path backing = folder.resolve("dev/loop0");
        Path away = Files.move(backing, folder.resolve("away"));
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return attach("--wait-for-devices", "one").exit();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Files.move(away, backing);
        assertThat(waiting.get()).isZero();
    }

    @Test
    void saysWhichDeviceHasNotCome() throws Exception {
        Files.writeString(tab, "one " + folder + " /nosuch nofail,device-timeout=0\n");
        CaseMachine.Outcome outcome = attach("--wait-for-devices", "one");
        assertThat(outcome.stderr())
                .isEqualTo("one: the backing device /nosuch has not come within 0 s (device-timeout of the "
                        + "tab)\nCommand failed.\n");
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(attach("one").stderr())
                .startsWith("one: the size of /nosuch cannot be told: there is no such device or file");
    }

    @Test
    void backingDeviceIsFoundWhereUdevHasHiddenIt() throws Exception {
        BackingPlace place = new BackingPlace(folder);
        Path byUuid = Files.createDirectory(folder.resolve("by-uuid")).resolve("ab-12");
        Path hidden = Files.createDirectories(folder.resolve("pcache-backing").resolve("by-uuid"))
                .resolve("ab-12");
        assertThat(place.isThere(byUuid.toString())).isFalse();
        Path bare = Files.createFile(folder.resolve("sdb"));
        Files.createSymbolicLink(byUuid, bare);
        assertThat(place.of(byUuid.toString()))
                .as("udev does not know yet that it is one")
                .isEqualTo(byUuid.toString());

        Files.delete(byUuid);
        Files.createSymbolicLink(byUuid, Files.createFile(folder.resolve("ublkb0")));
        assertThat(place.isThere(byUuid.toString()))
                .as("the cached device has the same content")
                .isFalse();
        Files.createSymbolicLink(hidden, bare);
        assertThat(place.of(byUuid.toString())).isEqualTo(hidden.toString());
        assertThat(place.of(folder.resolve("by-id").resolve("ab-12").toString()))
                .as("a link that does not depend on content")
                .endsWith("by-id/ab-12");
    }

    /** The mark is for the udev rule that hides the backing device. */
    @Test
    void backingDeviceIsMarkedWhileItIsInUse() throws Exception {
        Files.writeString(tab, line("one", 0, ""));
        Path mark = folder.resolve("run").resolve("control").resolve("0").resolve("backing-7:0");
        assertThat(attach("one").exit()).isZero();
        assertThat(mark).exists();
        assertThat(machine.run(List.of("wipe_table", "one")).exit()).isZero();
        assertThat(mark).doesNotExist();
        assertThat(machine.run(List.of("remove", "one")).exit()).isZero();

        // A device of an inactive table is in use, too.
        String table = "0 2048 pcache " + folder.resolve("dev/pmem1") + " " + folder.resolve("dev/loop1");
        Path other = mark.resolveSibling("backing-7:1");
        assertThat(machine.run(List.of("create", "two", "--notable")).exit()).isZero();
        assertThat(machine.run(List.of("load", "two", "--table", table)).exit()).isZero();
        assertThat(other).exists();
        assertThat(machine.run(List.of("clear", "two")).exit()).isZero();
        assertThat(other).doesNotExist();
        assertThat(machine.run(List.of("remove", "two")).exit()).isZero();
        assertThat(mark.getParent()).doesNotExist();
    }

    @Test
    void commandsWantNamesOrAll() throws Exception {
        Files.writeString(tab, "gone /nosuch /nosuch nofail\nbad /nosuch /nosuch\nlater /nosuch /nosuch noauto\n");
        assertThat(machine.run(List.of("attach")).stderr()).startsWith("attach takes names of devices, or --all.");
        CaseMachine.Outcome all = attach("--all");
        assertThat(all.exit()).isEqualTo(1);
        assertThat(all.stderr())
                .contains("gone: the size of /nosuch", "bad: the size of /nosuch")
                .doesNotContain("later:");
        assertThat(run("detach", "--all").exit()).isZero();
    }
}
