package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pcache.memory.MappedMemory;
import io.pcache.request.BlockDevice;
import io.pcache.request.MemoryDevice;
import io.pcache.request.NullDevice;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * On a kernel with ublk, as root. Clients are always other processes: one that is blocked on a device of its own could
 * not be killed.
 */
@Tag("ublk")
@Timeout(300)
class UblkFrontEndTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void requireUblk() {
        String reason = UblkFrontEnd.unavailable();
        if (reason != null) {
            abort("ublk is not available: " + reason);
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        assertThat(devices()).as("device nodes left").isEmpty();
    }

    private static List<String> devices() throws IOException {
        try (var nodes = Files.list(Path.of("/dev"))) {
            return nodes.map(Path::toString)
                    .filter(name -> name.matches("/dev/ublk[bc].*"))
                    .toList();
        }
    }

    private MappedMemory memory() throws Exception {
        Path file = directory.resolve("memory");
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(32 * MIB);
        }
        MappedMemory memory = MappedMemory.open(file.toString());
        open.add(memory);
        return memory;
    }

    private UblkFrontEnd start(BlockDevice device, UblkOptions options) throws IOException {
        UblkFrontEnd frontEnd = new UblkFrontEnd(options);
        frontEnd.start(device);
        open.add(frontEnd);
        return frontEnd;
    }

    /** The N of /dev/ublkbN. */
    private static int id(UblkFrontEnd frontEnd) {
        return Integer.parseInt(frontEnd.location().substring("/dev/ublkb".length()));
    }

    private static UblkOptions small() {
        return UblkOptions.defaults().withQueues(2).withDepth(16);
    }

    /** Runs a shell command; returns its output, and fails with it if the command does. */
    private static String shell(String command) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", command)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
        return output;
    }

    private static String sysfs(UblkFrontEnd frontEnd, String attribute) throws IOException {
        return Files.readString(Path.of("/sys/block/ublkb" + id(frontEnd), attribute))
                .strip();
    }

    @Test
    void deviceLooksLikeWhatItServes() throws Exception {
        UblkFrontEnd frontEnd = start(new NullDevice(64L * MIB), small());
        assertThat(frontEnd.location()).matches("/dev/ublkb[0-9]+");
        assertThat(sysfs(frontEnd, "size")).isEqualTo(String.valueOf(64 * MIB / 512));
        assertThat(sysfs(frontEnd, "queue/logical_block_size")).isEqualTo("512");
        assertThat(sysfs(frontEnd, "queue/physical_block_size")).isEqualTo("4096");
        assertThat(sysfs(frontEnd, "queue/write_cache")).isEqualTo("write back");
        assertThat(sysfs(frontEnd, "queue/fua")).isEqualTo("1");
        assertThat(sysfs(frontEnd, "queue/max_hw_sectors_kb")).isEqualTo("1024");
        assertThat(sysfs(frontEnd, "ro")).isEqualTo("0");
        assertThat(frontEnd.describe()).contains("2 queues of 16 requests", "user copy");
    }

    @Test
    void readsBackWhatWasWrittenByUserCopy() throws Exception {
        writesAndReads(small());
    }

    @Test
    void readsBackWhatWasWrittenThroughBuffers() throws Exception {
        writesAndReads(small().withBufferMode(true));
    }

    private void writesAndReads(UblkOptions options) throws Exception {
        UblkFrontEnd frontEnd = start(new MemoryDevice(memory()), options);
        Path data = directory.resolve("data");
        shell("head -c 20M /dev/urandom > " + data);
        shell("dd if=" + data + " of=" + frontEnd.location() + " bs=3M oflag=direct conv=nocreat,fsync");
        shell("dd if=" + frontEnd.location() + " bs=512 count=20000 iflag=direct status=none | cmp -n 10240000 - "
                + data);
        shell("head -c 20M " + frontEnd.location() + " | cmp - " + data);
        shell("cmp -n 20971520 " + data + " " + directory.resolve("memory"));
    }

    @Test
    void countsOpeners() throws Exception {
        UblkFrontEnd frontEnd = start(new MemoryDevice(memory()), small());
        assertThat(frontEnd.openCount()).isZero();
        Process holder =
                new ProcessBuilder("/bin/sh", "-c", "exec 9<" + frontEnd.location() + "; echo open; read x").start();
        assertThat(holder.getInputStream().read()).isEqualTo('o');
        assertThat(frontEnd.openCount()).isEqualTo(1);
        holder.destroyForcibly().waitFor();
        assertThat(frontEnd.openCount()).isZero();
        shell("mkfs.ext4 -q " + frontEnd.location());
        Path mount = Files.createDirectory(directory.resolve("mount"));
        shell("mount " + frontEnd.location() + " " + mount);
        assertThat(frontEnd.openCount()).isEqualTo(1);
        shell("umount " + mount);
        assertThat(frontEnd.openCount()).isZero();
    }

    @Test
    void tellsOfTheLastClose() throws Exception {
        java.util.concurrent.CountDownLatch closed = new java.util.concurrent.CountDownLatch(1);
        UblkFrontEnd frontEnd = new UblkFrontEnd(small(), closed::countDown, NodeRecord.NONE);
        frontEnd.start(new NullDevice(MIB));
        open.add(frontEnd);
        Process holder =
                new ProcessBuilder("/bin/sh", "-c", "exec 9<" + frontEnd.location() + "; echo open; read x").start();
        assertThat(holder.getInputStream().read()).isEqualTo('o');
        frontEnd.watchLastClose();
        assertThat(closed.await(1, TimeUnit.SECONDS))
                .as("told while the device is open")
                .isFalse();
        holder.destroyForcibly().waitFor();
        closed.await();
    }

    @Test
    void successorTakesOverWhatWasLeft() throws Exception {
        MappedMemory memory = memory();
        UblkFrontEnd first = new UblkFrontEnd(small());
        first.start(new MemoryDevice(memory));
        int id = id(first);
        shell("echo written before | dd of=/dev/ublkb" + id + " bs=512 conv=sync,nocreat oflag=direct iflag=fullblock");
        first.leave();
        Process reader = new ProcessBuilder(
                        "dd", "if=/dev/ublkb" + id, "bs=512", "count=1", "iflag=direct", "status=none")
                .start();
        assertThat(reader.waitFor(500, TimeUnit.MILLISECONDS))
                .as("the client waits")
                .isFalse();
        assertThatThrownBy(() -> new UblkFrontEnd(small().takingOver(id)).start(new NullDevice(4096)))
                .hasMessageContaining("which has " + memory.size() + " bytes, with a device of 4096");
        UblkFrontEnd second = start(new MemoryDevice(memory), small().takingOver(id));
        assertThat(second.location()).isEqualTo("/dev/ublkb" + id);
        assertThat(new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .startsWith("written before");
        assertThat(reader.waitFor()).isZero();
    }

    @Test
    void partitionsAppear() throws Exception {
        MappedMemory memory = memory();
        // An MBR with one Linux partition of 8 MiB from 1 MiB on.
        ByteBuffer table = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        table.put(446 + 4, (byte) 0x83)
                .putInt(446 + 8, MIB / 512)
                .putInt(446 + 12, 8 * MIB / 512)
                .putShort(510, (short) 0xaa55);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("memory").toFile(), "rw")) {
            file.write(table.array());
        }
        UblkFrontEnd frontEnd = start(new MemoryDevice(memory), small());
        String partition = frontEnd.location() + "p1";
        // Linux 7.0 and later looks for them on its own time.
        shell("until [ -b " + partition + " ]; do sleep 0.05; done");
        assertThat(shell("blockdev --getsize64 " + partition)).isEqualTo(String.valueOf(8 * MIB));
    }

    @Test
    void recordSaysFromTheBeginningToTheEndThatThereIsADevice() throws Exception {
        List<String> said = new ArrayList<>();
        NodeRecord record = new NodeRecord() {
            @Override
            public void begin(int id) throws IOException {
                said.add("begin " + id + " with " + devices());
            }

            @Override
            public void end() throws IOException {
                said.add("end with " + devices());
            }
        };
        UblkFrontEnd frontEnd = new UblkFrontEnd(small().withId(3), () -> {}, record);
        frontEnd.start(new NullDevice(MIB));
        frontEnd.close();
        assertThat(said).containsExactly("begin 3 with [/dev/ublkc3]", "end with []");
    }

    @Test
    void recordThatCannotBeKeptKeepsTheDeviceFromBeingMade() throws Exception {
        NodeRecord full = new NodeRecord() {
            @Override
            public void begin(int id) throws IOException {
                throw new IOException("no space");
            }

            @Override
            public void end() {}
        };
        assertThatThrownBy(() -> new UblkFrontEnd(small(), () -> {}, full).start(new NullDevice(MIB)))
                .hasMessage("no space");
        assertThat(devices()).isEmpty();
    }

    @Test
    void kernelRefusesToCloseWhatIsOpenWhereItCan() throws Exception {
        boolean knows;
        try (UblkControl control = new UblkControl()) {
            knows = (control.features() & Ublk.F_SAFE_STOP_DEV) != 0;
        }
        UblkFrontEnd frontEnd = start(new MemoryDevice(memory()), small());
        Process holder =
                new ProcessBuilder("/bin/sh", "-c", "exec 9<" + frontEnd.location() + "; echo open; read x").start();
        assertThat(holder.getInputStream().read()).isEqualTo('o');
        if (knows) {
            assertThat(frontEnd.closeUnlessOpen()).isFalse();
            shell("dd if=" + frontEnd.location() + " of=/dev/null bs=4k count=1 iflag=direct status=none");
        }
        holder.destroyForcibly().waitFor();
        assertThat(frontEnd.closeUnlessOpen()).isTrue();
        assertThat(devices()).isEmpty();
    }

    @Test
    void onlyWhatNobodyServesIsDiscarded() throws Exception {
        UblkFrontEnd frontEnd = start(new NullDevice(MIB), small().withId(5));
        assertThatThrownBy(() -> UblkFrontEnd.discard(5)).hasMessageContaining("serves");
        assertThat(UblkFrontEnd.isStarted(5)).isTrue();
        frontEnd.leave();
        Process reader =
                new ProcessBuilder("dd", "if=/dev/ublkb5", "of=/dev/null", "bs=4k", "count=1", "iflag=direct").start();
        assertThat(reader.waitFor(500, TimeUnit.MILLISECONDS))
                .as("the client waits")
                .isFalse();
        try (UblkControl control = new UblkControl()) {
            while (control.info(5).state() == Ublk.S_DEV_LIVE) {
                // Until the kernel has noticed that the queues' threads are gone.
                Thread.onSpinWait();
            }
        }
        UblkFrontEnd.discard(5);
        assertThat(reader.waitFor()).as("the client got an error").isEqualTo(1);
        assertThat(UblkFrontEnd.isStarted(5)).isFalse();
        UblkFrontEnd.discard(5);
    }

    @Test
    void idInUseIsRefused() throws Exception {
        UblkFrontEnd first = start(new NullDevice(MIB), small().withId(7));
        assertThat(first.location()).isEqualTo("/dev/ublkb7");
        assertThatThrownBy(() -> new UblkFrontEnd(small().withId(7)).start(new NullDevice(MIB)))
                .asInstanceOf(type(SystemCallException.class))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        assertThat(devices()).containsExactlyInAnyOrder("/dev/ublkb7", "/dev/ublkc7");
    }

    @Test
    void nothingToTakeOverIsAnError() {
        assertThatThrownBy(() -> new UblkFrontEnd(small().takingOver(33)).start(new NullDevice(MIB)))
                .hasMessage("ublk GET_DEV_INFO2 device 33: No such device (ENODEV)");
    }

    @Test
    void roundAllocatesNothing() throws Exception {
        UblkFrontEnd frontEnd = start(new MemoryDevice(memory()), small().withQueues(1));
        String command = "dd if=" + frontEnd.location() + " of=/dev/null bs=4k count=4000 iflag=direct";
        shell(command);
        shell(command);
        long before = allocatedByQueues();
        shell(command);
        assertThat(allocatedByQueues() - before)
                .as("bytes allocated by 4000 reads")
                .isLessThan(20_000);
    }

    private static long allocatedByQueues() {
        var beans = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        Thread[] all = new Thread[Thread.activeCount() + 16];
        int count = Thread.enumerate(all);
        return java.util.Arrays.stream(all, 0, count)
                .filter(thread -> thread.getName().startsWith("pcache-ublk"))
                .mapToLong(thread -> beans.getThreadAllocatedBytes(thread.getId()))
                .sum();
    }
}
