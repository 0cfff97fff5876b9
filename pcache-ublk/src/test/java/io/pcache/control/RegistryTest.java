package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.cache.Verify;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceControl.ReadAhead;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Registry and target processes together: real processes, one for each device. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegistryTest {
    private static final int HEAP_MIB = 48;

    @TempDir
    Path directory;

    private static final ReadAhead UNCHANGED = new ReadAhead(-1, false);

    private Registry registry;

    @BeforeEach
    void make() {
        registry = registry(List.of("-XX:TieredStopAtLevel=1"));
    }

    private Registry registry(List<String> flags) {
        TargetLauncher standard = TargetLauncher.standard();
        return new Registry(
                new RunDirectory(directory.resolve("run")),
                new TargetLauncher(standard.javaHome(), standard.classPath(), flags));
    }

    /**
     * Whatever a test has left half-way, no process outlives it; one that should have ended by itself by then is a
     * failure.
     */
    @AfterEach
    void removeAll() throws Exception {
        try {
            for (Device device : registry.devices()) {
                device.control().remove(true, false);
            }
            for (ProcessHandle process : processes()) {
                process.onExit().get(30, TimeUnit.SECONDS);
            }
        } finally {
            processes().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Targets and their supervisors, of this test's run directory. */
    private List<ProcessHandle> processes() {
        String run = directory.resolve("run").toString();
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(run))
                .toList();
    }

    private static CreateOptions options(String name) {
        return CreateOptions.named(name).withFrontEnd("nbd").withHeapMiB(HEAP_MIB);
    }

    /** A device without a table. */
    private static Device create(Registry registry, CreateOptions options) throws ControlException {
        try (Creation creation = registry.begin(options)) {
            creation.start(options);
            creation.complete();
            return creation.device();
        }
    }

    private Device create(CreateOptions options) throws ControlException {
        return create(registry, options);
    }

    private Device create(String name) throws ControlException {
        return create(options(name));
    }

    private static ControlException refused(ThrowingCallable call) {
        ControlException refusal = catchThrowableOfType(ControlException.class, call);
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private Path sparseFile(String name, long bytes) throws IOException {
        Path file = directory.resolve(name);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
        return file;
    }

    /** What is left under the run directory but for its own files. */
    private List<String> leftovers() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path folder : List.of(
                registry.directory().root(),
                registry.directory().control(),
                registry.directory().carryOver())) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                entries.forEach(entry -> names.add(entry.getFileName().toString()));
            }
        }
        names.removeAll(List.of("control", "lock", "carry-over"));
        return names;
    }

    private static ProcessHandle process(Device device) throws ControlException {
        return ProcessHandle.of(device.control().info(false).pid()).orElseThrow();
    }

    @Test
    void createdDeviceAnswersAndIsFoundInEveryWay() throws ControlException {
        Device device = create(options("pc").withUuid("PCACHE-1").withMinor(7));

        assertThat(device)
                .isEqualTo(new Device("pc", "PCACHE-1", 7, registry.directory().device(7)));
        assertThat(registry.devices()).containsExactly(device);
        assertThat(registry.byName("pc")).isEqualTo(device);
        assertThat(registry.byUuid("PCACHE-1")).isEqualTo(device);
        assertThat(registry.byMinor(7)).isEqualTo(device);
        assertThat(registry.byPath(registry.directory().link("pc").resolve("control.sock")))
                .isEqualTo(device);
        assertThat(registry.byName("nosuch")).isNull();
        assertThat(registry.byPath(Path.of("/dev/null"))).isNull();
        DeviceInfo info = device.control().info(false);
        assertThat(info.name()).isEqualTo("pc");
        assertThat(info.uuid()).isEqualTo("PCACHE-1");
        assertThat(info.minor()).isEqualTo(7);
        assertThat(info.live()).isFalse();
    }

    @Test
    void removalLeavesNeitherProcessNorFile() throws Exception {
        Device device = create("pc");
        ProcessHandle process = process(device);

        assertThat(device.control().remove(false, false)).isTrue();

        process.onExit().get();
        assertThat(leftovers()).isEmpty();
        assertThat(registry.devices()).isEmpty();
        assertThat(refused(() -> device.control().info(false)).errno()).isEqualTo(Errno.ENXIO);
    }

    @Test
    void cachedDeviceComesUpAndItsStateSurvivesRemoval() throws Exception {
        Path cache = sparseFile("cache", 544L << 20);
        Path backing = sparseFile("backing", 64L << 20);
        List<TableLine> table =
                List.of(new TableLine(0, 131_072, "pcache", cache + " " + backing + " 2 data_crc true"));
        LoadOptions plain = new LoadOptions(false, false, false, Verify.SAMPLE);
        Device device = create(options("pc").withHeapMiB(96));
        device.control().load(table, plain);
        device.control().resume(false, false, UNCHANGED);

        assertThat(device.control().status(false).lines().get(0).text())
                .isEqualTo("0 131072 pcache 0 33 33 1 70 1183 0:0 0:0 0:0");
        device.control().message(0, "gc_percent 42");
        assertThat(device.control().info(false).location())
                .isEqualTo(
                        "nbd+unix:///?socket=" + registry.directory().link("pc").resolve("nbd.sock"));
        Device other = create(options("other").withHeapMiB(96));
        assertThat(refused(() -> other.control().load(table, plain)).reasons())
                .contains("pcache: Error opening cache device (-EBUSY)");
        List<TableLine> printed = device.control().table(false);
        device.control().remove(false, false);

        other.control().load(printed, plain);
        assertThat(other.control().status(true).lines().get(0).text())
                .isEqualTo("0 131072 pcache 0 33 33 1 42 a83 0:0 0:0 0:0");
    }

    @Test
    void namesUuidsAndMinorsAreUnique() throws ControlException {
        create(options("pc").withUuid("UU").withMinor(3));

        ControlException name = refused(() -> create("pc"));
        assertThat(name.errno()).isEqualTo(Errno.EBUSY);
        assertThat(name.reasons()).first().isEqualTo("pc: a device of this name exists (-EBUSY)");
        assertThat(refused(() -> create(options("pc2").withUuid("UU"))).errno()).isEqualTo(Errno.EBUSY);
        assertThat(refused(() -> create(options("pc2").withMinor(3))).errno()).isEqualTo(Errno.ENXIO);
        assertThat(refused(() -> create(options("pc2").withMinor(1 << 20))).errno())
                .isEqualTo(Errno.ENXIO);
        assertThat(create("pc2").minor()).as("lowest free").isZero();
        assertThat(registry.devices()).extracting(Device::name).containsExactly("pc", "pc2");
    }

    @Test
    void targetGoesWithACreatorThatHasNotCompletedIt() throws Exception {
        Creation creation = registry.begin(options("pc"));
        creation.start(options("pc"));
        ProcessHandle target = ProcessHandle.of(creation.device().targetPid()).orElseThrow();

        assertThat(creation.abandon(60_000)).isTrue();

        assertThat(creation.device().directory()).doesNotExist();
        assertThat(registry.byName("pc")).isNull();
        target.onExit().join();
        assertThat(refused(creation::complete).errno()).isEqualTo(Errno.EINTR);
    }

    @Test
    void completeDeviceOutlivesItsCreator() throws Exception {
        Creation creation = registry.begin(options("pc"));
        creation.start(options("pc"));
        creation.complete();

        assertThat(creation.abandon(60_000)).isFalse();
        creation.close();

        assertThat(creation.device().directory().resolve("creating")).doesNotExist();
        assertThat(creation.device().control().info(false).name()).isEqualTo("pc");
    }

    @Test
    void targetWhoseCreatorWasGoneBeforeItAnsweredGoes() throws Exception {
        Creation creation = registry.begin(options("pc"));
        creation.close();

        try {
            creation.start(options("pc"));
        } catch (ControlException e) {
            // It may go before it has said a word.
            assertThat(e.reasons()).singleElement().asString().contains("ended while it started");
        }

        Path files = creation.device().directory();
        while (Files.exists(files)) {
            Thread.onSpinWait();
        }
        assertThat(registry.byName("pc")).isNull();
    }

    @Test
    void refusesNamesThatAreNone() {
        assertThat(refused(() -> create("")).reasons())
                .containsExactly("pcache: name not supplied when creating device");
        assertThat(refused(() -> create("control")).reasons())
                .containsExactly("pcache: device name cannot be \"control\", \".\", or \"..\"");
        assertThat(refused(() -> create("../../etc")).errno()).isEqualTo(Errno.EINVAL);
        assertThat(refused(() -> create(options("pc").withUuid("a b"))).errno()).isEqualTo(Errno.EINVAL);
        assertThat(directory.resolve("run")).doesNotExist();
    }

    @Test
    void longestNameWorks() throws Exception {
        Device device = create("x".repeat(127));

        assertThat(device.control().info(false).name()).hasSize(127);
    }

    @Test
    void failedCreateLeavesNothingBehind() throws Exception {
        ControlException refusal = refused(() -> create(options("pc").withFrontEnd("bogus")));
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .containsExactly("pcache: unknown front end 'bogus', use auto, ublk or nbd (-EINVAL)");
        assertThat(leftovers()).isEmpty();

        Registry broken = registry(List.of("-XX:NoSuchFlag"));
        assertThat(refused(() -> create(broken, options("pc"))).reasons())
                .singleElement()
                .asString()
                .contains("ended while it started");
        assertThat(leftovers()).isEmpty();

        assertThat(refused(() -> create(options("pc").withStartTimeoutMs(1))).reasons())
                .singleElement()
                .asString()
                .contains("pc: not ready within 1 s");
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void ofTwoCreatesOfOneNameOneWins() throws Exception {
        List<CompletableFuture<Device>> races = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            races.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return create("pc");
                } catch (ControlException e) {
                    throw new IllegalStateException(Integer.toString(e.errno()));
                }
            }));
        }
        int won = 0;
        for (CompletableFuture<Device> race : races) {
            try {
                race.get();
                won++;
            } catch (ExecutionException e) {
                assertThat(e.getCause()).hasMessage(Integer.toString(Errno.EBUSY));
            }
        }
        assertThat(won).isEqualTo(1);
        assertThat(registry.devices()).hasSize(1);
    }

    @Test
    void statusDuringRemovalAnswersOrSaysThatTheDeviceIsGone() throws Exception {
        create("pc");
        AtomicBoolean gone = new AtomicBoolean();
        List<CompletableFuture<Integer>> callers = new ArrayList<>();
        CountDownLatch asked = new CountDownLatch(8);
        for (int i = 0; i < 8; i++) {
            callers.add(
                    CompletableFuture.supplyAsync(() -> askUntilGone(gone, asked), task -> new Thread(task).start()));
        }
        asked.await();

        registry.byName("pc").control().remove(false, false);
        gone.set(true);

        for (CompletableFuture<Integer> caller : callers) {
            assertThat(caller.get()).isIn(0, Errno.ENXIO);
        }
    }

    /** The errno of the last answer. */
    private int askUntilGone(AtomicBoolean gone, CountDownLatch asked) {
        int last = 0;
        while (!gone.get()) {
            Device device = registry.byName("pc");
            try {
                if (device != null) {
                    device.control().info(false);
                }
            } catch (ControlException e) {
                if (e.errno() != Errno.ENXIO || !e.reasons().isEmpty()) {
                    return e.errno() + 1000;
                }
                last = e.errno();
            }
            asked.countDown();
        }
        return last;
    }

    @Test
    void targetStandsOnItsOwn() throws Exception {
        Device device = create("pc");
        long pid = process(device).pid();
        Path proc = Path.of("/proc", Long.toString(pid));

        String stat = Files.readString(proc.resolve("stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        assertThat(afterName[3]).as("leads a session of its own").isEqualTo(Long.toString(pid));
        assertThat(afterName[4]).as("has no terminal").isEqualTo("0");
        assertThat(Files.readSymbolicLink(proc.resolve("cwd"))).isEqualTo(Path.of("/"));
        assertThat(Files.readSymbolicLink(proc.resolve("fd/0"))).isEqualTo(Path.of("/dev/null"));
        assertThat(Files.readSymbolicLink(proc.resolve("fd/1"))).isEqualTo(Path.of("/dev/null"));
        assertThat(Files.readSymbolicLink(proc.resolve("fd/2")))
                .isEqualTo(device.directory().resolve("console"));
        assertThat(Path.of("/tmp/hsperfdata_" + System.getProperty("user.name"), Long.toString(pid)))
                .doesNotExist();
    }

    @Test
    void targetThatLosesAThreadEndsAtOnce() throws Exception {
        Path cache = sparseFile("cache", 544L << 20);
        Path backing = sparseFile("backing", 64L << 20);
        // No memory for buffers: the command's thread ends with an error in the middle of its work.
        registry = registry(List.of("-XX:TieredStopAtLevel=1", "-XX:MaxDirectMemorySize=200k"));
        Device device = create(options("pc").withHeapMiB(96));
        ProcessHandle process = process(device);
        List<TableLine> table = List.of(new TableLine(0, 131_072, "pcache", cache + " " + backing));

        ControlException refusal =
                refused(() -> device.control().load(table, new LoadOptions(false, false, false, Verify.SAMPLE)));

        assertThat(refusal.errno()).isEqualTo(Errno.ENXIO);
        process.onExit().get();
        assertThat(Files.readString(device.directory().resolve("console"))).contains("OutOfMemoryError");
        assertThat(refused(() -> device.control().load(table, new LoadOptions(false, false, false, Verify.SAMPLE)))
                        .reasons())
                .singleElement()
                .asString()
                .startsWith("pc: its target has died; see " + device.log());
        assertThat(registry.died(device, refusal).reasons())
                .singleElement()
                .asString()
                .startsWith("pc: the target died while it was being made ready: ")
                .endsWith("; its log is in " + registry.directory().died() + " (-ENXIO)");
        assertThat(registry.directory().died().resolve("log")).isNotEmptyFile();
        assertThat(registry.directory().died().resolve("console")).content().contains("OutOfMemoryError");
        assertThat(registry.devices()).isEmpty();
    }

    @Test
    void stateOfAKilledTargetIsClearedAway() throws Exception {
        Device dead = create(options("pc").withUuid("UU"));
        ProcessHandle process = process(dead);
        process.destroyForcibly();
        process.onExit().get();

        assertThat(registry.devices()).isEmpty();
        assertThat(refused(() -> dead.control().info(false)).errno()).isEqualTo(Errno.ENXIO);
        assertThat(dead.directory()).as("what a killed target leaves").exists();

        Device again = create(options("pc").withUuid("UU"));
        assertThat(again.minor()).isEqualTo(dead.minor());
        assertThat(again.control().info(false).pid()).isNotEqualTo(process.pid());
    }

    @Test
    void terminatedTargetCleansUp() throws Exception {
        Device device = create("pc");
        ProcessHandle process = process(device);

        process.destroy();
        process.onExit().get();

        assertThat(leftovers()).isEmpty();
    }

    @Test
    void deviceThatIsGivenUpStaysWithItsCreatorWhileThatLives() throws Exception {
        Path recover;
        try (Creation creation = registry.begin(options("pc"))) {
            recover = Files.writeString(creation.device().directory().resolve("recover"), "{}");

            registry.giveUp(0);

            assertThat(recover).doesNotExist();
            assertThat(creation.device().directory())
                    .as("the minor is still the creator's")
                    .exists();
        }
        registry.giveUp(0);

        assertThat(leftovers()).isEmpty();
    }

    /** A restart, or a discard, locks a file of the same name as soon as the creator has let go of its own. */
    @Test
    void completeDeviceStaysWhateverComesBeforeItsTargetKnows() throws Exception {
        Device device;
        try (Creation creation = registry.begin(options("pc"))) {
            creation.start(options("pc"));
            device = creation.device();
            ProcessHandle target = process(device);
            Path watch = watch(target);
            signal(target, "STOP");
            creation.complete();
            LivenessLock.acquire(Creation.file(device.directory())).close();
            signal(target, "CONT");
            while (Files.exists(watch)) {
                Thread.onSpinWait();
            }
        }
        // Behind whatever the target has begun.
        device.control().setUuid("UU");
        assertThat(device.control().info(false).uuid()).isEqualTo("UU");
    }

    /** A device with a live table, so that a target has something to go on with. */
    private Device live(String name, TableLine line) throws ControlException {
        return live(options(name).withHeapMiB(96), line);
    }

    private Device live(CreateOptions options, TableLine line) throws ControlException {
        Device device = create(options);
        device.control().load(List.of(line), new LoadOptions(false, false, false, Verify.SAMPLE));
        device.control().resume(false, false, UNCHANGED);
        return device;
    }

    @Test
    void stoppedSupervisorIsNamedAtOnce() throws Exception {
        Device device = live("pc", new TableLine(0, 8, "zero", ""));
        ProcessHandle supervisor = Supervision.supervisor(device.directory());
        ProcessHandle target = process(device);
        signal(supervisor, "STOP");

        ControlException restart = refused(() -> registry.restart(device, options("pc"), true));
        assertThat(restart.errno()).isEqualTo(Errno.EBUSY);
        assertThat(restart.reasons().toString()).contains("\"kill -CONT " + supervisor.pid() + "\"");
        assertThat(process(device)).as("the old target stays").isEqualTo(target);

        target.destroyForcibly();
        while (device.targetPid() != 0) {
            Thread.onSpinWait();
        }
        for (ThrowingCallable query : List.<ThrowingCallable>of(
                () -> device.control().info(false),
                () -> device.control().status(false),
                () -> device.control().stats(0),
                () -> device.control().message(0, "x"))) {
            ControlException refusal = refused(query);
            assertThat(refusal.errno()).isEqualTo(Errno.ENOLINK);
            assertThat(refusal.reasons())
                    .singleElement()
                    .asString()
                    .contains("supervisor (pid " + supervisor.pid() + ")", "\"kill -CONT " + supervisor.pid() + "\"");
        }
        assertThat(registry.orphans()).containsExactly(device);
        assertThat(device.orphanInfo().live()).isTrue();

        signal(supervisor, "CONT");
        assertThat(process(device)).isNotEqualTo(target);
    }

    @Test
    void restartSparesATargetWhoseDisksAreNotInTheirPlaces() throws Exception {
        Path cache = sparseFile("cache", 544L << 20);
        Path backing = sparseFile("backing", 64L << 20);
        Device device = live("pc", new TableLine(0, 131_072, "pcache", cache + " " + backing + " 0"));
        ProcessHandle target = process(device);
        for (Path disk : List.of(cache, backing)) {
            Path away = Files.move(disk, directory.resolve("away"));
            assertThat(refused(() -> registry.restart(device, options("pc"), true))
                            .reasons())
                    .singleElement()
                    .asString()
                    .contains(disk + " is gone", "the old one stays");
            sparseFile(disk.getFileName().toString(), 544L << 20);
            assertThat(refused(() -> registry.restart(device, options("pc"), true))
                            .reasons())
                    .singleElement()
                    .asString()
                    .contains(disk + " is another file", "the old one stays");
            assertThat(process(device)).isEqualTo(target);
            Files.move(away, disk, StandardCopyOption.REPLACE_EXISTING);
        }

        registry.restart(device, options("pc"), true);

        assertThat(process(device)).isNotEqualTo(target);
    }

    /** The options of create that a device keeps: a restart does not know what they were. */
    @Test
    void restartKeepsHowTheDeviceWasCreated() throws Exception {
        Device device = live(
                options("pc")
                        .withCacheIo("buffered")
                        .withCacheDiscard("true")
                        .withLogLevel("debug")
                        .withHeapMiB(96)
                        .withQueues(new QueueOptions(3, 40)),
                new TableLine(0, 8, "zero", ""));
        ProcessHandle target = process(device);

        registry.restart(device, options("pc"), true);

        ProcessHandle next = process(device);
        assertThat(next).isNotEqualTo(target);
        assertThat(next.info().arguments().orElseThrow())
                .contains(
                        "--cache-io=buffered",
                        "--cache-discard=true",
                        "--log-level=debug",
                        "--queues=3",
                        "--queue-depth=40");
    }

    private static void signal(ProcessHandle process, String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The thread that watches the creator. */
    private static Path watch(ProcessHandle target) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + target.pid() + "/task"))) {
            for (Path thread : threads) {
                Path comm = thread.resolve("comm");
                try {
                    if (Files.readString(comm).strip().equals("creator-watch")) {
                        return thread;
                    }
                } catch (NoSuchFileException e) {
                    // Another one, which has ended.
                    continue;
                }
            }
        }
        throw new AssertionError("nothing watches the creator");
    }

    @Test
    void deviceWithoutANodeIsNotDiscarded() throws Exception {
        Device device = create("pc");

        assertThat(refused(() -> registry.discard(device, (name, id) -> {
                            throw new AssertionError("no node is to be removed");
                        }))
                        .errno())
                .isEqualTo(Errno.ENXIO);

        assertThat(device.control().info(false).name()).isEqualTo("pc");
    }

    @Test
    void renameMovesTheNameAndKeepsTheDevice() throws Exception {
        Device device = create("pc");
        create("taken");

        assertThat(refused(() -> device.control().rename("taken")).errno()).isEqualTo(Errno.EBUSY);
        assertThat(refused(() -> device.control().rename("pc")).reasons())
                .containsExactly("pc: Unable to change name on mapped device pc to one that already exists: pc");
        device.control().rename("my\\x20disk");
        device.control().setUuid("UU");
        // As the kernel, which looks at all devices before it looks at this one.
        assertThat(refused(() -> device.control().setUuid("UU")).reasons())
                .containsExactly(
                        "my disk: Unable to change uuid on mapped device my disk to one that already exists: UU");
        assertThat(refused(() -> device.control().setUuid("UU")).errno()).isEqualTo(Errno.EBUSY);
        assertThat(refused(() -> device.control().setUuid("VV")).errno()).isEqualTo(Errno.EINVAL);

        assertThat(registry.byName("pc")).isNull();
        Device renamed = registry.byName("my\\x20disk");
        assertThat(renamed.displayName()).isEqualTo("my disk");
        assertThat(renamed.uuid()).isEqualTo("UU");
        assertThat(renamed.minor()).isEqualTo(device.minor());
        assertThat(renamed.control().info(false).eventNr()).isEqualTo(2);
        assertThat(create("pc")).as("the old name is free").isNotNull();
    }

    @Test
    void targetThatStartsLateLeavesAnotherDeviceAlone() throws Exception {
        Device device = create("pc");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                TargetLauncher.standard().classPath(),
                "io.pcache.server.TargetMain",
                "--run-dir=" + registry.directory().root(),
                "--minor=0",
                "--incarnation=earlier",
                "--name=pc",
                "--uuid=",
                "--frontend=nbd"));
        Process late = new ProcessBuilder(command).redirectErrorStream(true).start();

        assertThat(new String(late.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("given to another device");
        assertThat(late.waitFor()).isEqualTo(1);
        assertThat(device.control().info(false).name()).isEqualTo("pc");
    }

    @Test
    void filesAreTheOwnersAlone() throws Exception {
        Device device = create("pc");

        for (Path folder :
                List.of(registry.directory().root(), registry.directory().control(), device.directory())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .as(folder.toString())
                    .isEqualTo("rwx------");
        }
        assertThat(Files.readSymbolicLink(registry.directory().link("pc"))).isEqualTo(Path.of("control/0"));
    }

    @Test
    void runDirectoryThatOthersCanWriteToIsRefused() throws Exception {
        Path open = Files.createDirectory(registry.directory().root());
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(refused(() -> create("pc")).errno()).isEqualTo(Errno.EACCES);
    }

    @Test
    void foreignEntriesInTheRunDirectoryAreNoDevices() throws Exception {
        create("pc");
        Path root = registry.directory().root();
        Files.createFile(root.resolve("file"));
        Files.createDirectory(root.resolve("directory"));
        Files.createSymbolicLink(root.resolve("elsewhere"), Path.of("directory"));
        Files.createSymbolicLink(root.resolve("escape"), Path.of("control/../directory"));
        Files.createSymbolicLink(root.resolve("dangling"), Path.of("control/99"));

        assertThat(registry.devices()).extracting(Device::name).containsExactly("pc");
        create("other");
        assertThat(root.resolve("elsewhere"))
                .as("not ours to delete")
                .satisfies(link -> assertThat(Files.isSymbolicLink(link)).isTrue());
        assertThat(Files.exists(root.resolve("dangling"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }
}
