package io.pcache.backing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.claim.ClaimedException;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every backing device and every queue does, whatever makes the transfers. */
@Timeout(120)
public abstract class BackingDeviceSuite {
    protected static final int BLOCK = 4096;

    @TempDir
    protected Path directory;

    protected BackingDevice device;
    protected BackingQueue queue;
    private Path loopDevice;

    /** A transfer that counts its ends. */
    public static final class Io extends BackingIo {
        public int ends;

        @Override
        protected void completed() {
            ends++;
        }
    }

    protected abstract BackingDevice openDevice(String path) throws IOException;

    /** Opens a queue for the test's thread. */
    protected abstract BackingQueue openQueue(BackingDevice device);

    /** Returns when {@link BackingQueue#poll} may have something to do; may return early. */
    protected abstract void awaitEnds() throws Exception;

    /** Whether transfers of this implementation allocate nothing. */
    protected abstract boolean allocationFree();

    protected final void use(Path path) throws IOException {
        device = openDevice(path.toString());
        queue = openQueue(device);
    }

    protected final Path file(long size) throws IOException {
        Path file = directory.resolve("backing");
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(size);
        }
        return file;
    }

    @AfterEach
    void closeAll() throws Exception {
        if (queue != null) {
            queue.close();
        }
        if (device != null) {
            device.close();
        }
        if (loopDevice != null) {
            run("losetup", "-d", loopDevice.toString());
        }
    }

    protected final void awaitAll() throws Exception {
        queue.kick();
        queue.poll();
        while (queue.inFlight() > 0) {
            awaitEnds();
            queue.poll();
            queue.kick();
        }
    }

    protected final int transfer(Io io) throws Exception {
        int before = io.ends;
        queue.submit(io);
        assertThat(io.ends).as("ends within submit").isEqualTo(before);
        awaitAll();
        assertThat(io.ends).isEqualTo(before + 1);
        return io.result;
    }

    protected static ByteBuffer buffer(int length) {
        return NativeMemory.allocateAligned(length, BLOCK);
    }

    private int read(long offset, ByteBuffer buffer, int length) throws Exception {
        Io io = new Io();
        io.prepare(BackingIo.Kind.READ, offset, buffer, 0, length);
        return transfer(io);
    }

    private int write(long offset, ByteBuffer buffer, int length) throws Exception {
        Io io = new Io();
        io.prepare(BackingIo.Kind.WRITE, offset, buffer, 0, length);
        return transfer(io);
    }

    @Test
    void describesItself() throws Exception {
        Path file = file(1 << 20);
        use(file);
        assertThat(device.path()).isEqualTo(file.toRealPath().toString());
        assertThat(device.sizeBytes()).isEqualTo(1 << 20);
        assertThat(device.logicalBlockBytes()).isBetween(512, BLOCK);
        assertThat(device.physicalBlockBytes()).isGreaterThanOrEqualTo(device.logicalBlockBytes());
        assertThat(device.describe())
                .contains(file.toRealPath().toString(), "1048576 bytes", device.direct() ? "direct" : "buffered");
    }

    @Test
    void roundsFileSizeDownToSectors() throws Exception {
        use(file((1 << 16) + 1023));
        assertThat(device.sizeBytes()).isEqualTo((1 << 16) + 512);
        assertThat(read((1 << 16), buffer(512), 512))
                .as("the last sector can be read")
                .isZero();
    }

    @Test
    void followsSymbolicLink() throws Exception {
        Path file = file(1 << 16);
        use(Files.createSymbolicLink(directory.resolve("link"), file));
        assertThat(device.path()).isEqualTo(file.toRealPath().toString());
    }

    @Test
    void readsBackWhatItWrote() throws Exception {
        Path path = file(1 << 20);
        use(path);
        ByteBuffer out = buffer(3 * BLOCK);
        out.putLong(BLOCK, 0x123456789abcdefL);
        Io io = new Io();
        io.prepare(BackingIo.Kind.WRITE, 8 * BLOCK, out, BLOCK, 2 * BLOCK);
        assertThat(transfer(io)).isZero();
        assertThat(transfer((Io) io.prepareFlush())).isZero();
        ByteBuffer in = buffer(BLOCK);
        assertThat(read(8 * BLOCK, in, BLOCK)).isZero();
        assertThat(in.getLong(0)).isEqualTo(0x123456789abcdefL);
        byte[] file = Files.readAllBytes(path);
        assertThat(ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(8 * BLOCK))
                .isEqualTo(0x123456789abcdefL);
    }

    @Test
    void gathersPiecesInTheirOrder() throws Exception {
        gathers(file(1 << 20));
    }

    @Test
    void gathersPiecesForABlockDevice() throws Exception {
        gathers(loop(file(1 << 20)));
    }

    private void gathers(Path path) throws Exception {
        use(path);
        assumeTrue(device.gatherUnitBytes() > 0, "writes out of buffers only");
        int unit = device.gatherUnitBytes();
        int count = 64;
        ByteBuffer memory = buffer(2 * count * unit);
        MemoryPieces pieces = new MemoryPieces(count);
        for (int i = 0; i < count; i++) {
            // From the back to the front, with gaps.
            int at = 2 * (count - 1 - i) * unit;
            memory.putLong(at, i + 1);
            memory.putLong(at + unit - Long.BYTES, ~i);
            assertThat(pieces.add(NativeMemory.address(memory) + at, unit)).isTrue();
        }
        Io io = new Io();
        io.prepareGather(8 * BLOCK, pieces);
        assertThat(transfer(io)).isZero();
        assertThat(transfer((Io) io.prepareFlush())).isZero();
        ByteBuffer in = buffer(count * unit);
        assertThat(read(8 * BLOCK, in, count * unit)).isZero();
        for (int i = 0; i < count; i++) {
            assertThat(in.getLong(i * unit)).as("piece %d", i).isEqualTo(i + 1);
            assertThat(in.getLong((i + 1) * unit - Long.BYTES))
                    .as("end of piece %d", i)
                    .isEqualTo(~i);
        }
        Reference.reachabilityFence(memory);
    }

    @Test
    void failsAGatheredWriteOfMemoryThatIsNotThere() throws Exception {
        use(file(1 << 20));
        assumeTrue(device.gatherUnitBytes() > 0, "writes out of buffers only");
        ByteBuffer memory = buffer(BLOCK);
        MemoryPieces pieces = new MemoryPieces(2);
        pieces.add(NativeMemory.address(memory), BLOCK);
        // The first page is never mapped.
        pieces.add(0, BLOCK);
        Io io = new Io();
        io.prepareGather(0, pieces);
        int result = transfer(io);
        assertThat(result).isEqualTo(-Errno.EFAULT);
        assertThat(write(0, memory, BLOCK)).as("the queue goes on").isZero();
        Reference.reachabilityFence(memory);
    }

    @Test
    void manyRandomTransfersAgreeWithAnArray() throws Exception {
        randomTransfers(file(4 << 20), 20_000);
    }

    @Test
    void manyRandomTransfersOnABlockDeviceAgreeWithAnArray() throws Exception {
        randomTransfers(loop(file(4 << 20)), 5_000);
    }

    // A block in flight is in no other transfer, as the engine guarantees; so the end of each transfer can be checked
    // by itself.
    private void randomTransfers(Path path, int count) throws Exception {
        use(path);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int blocks = (int) (device.sizeBytes() / BLOCK);
        int[] content = new int[blocks];
        BitSet busy = new BitSet();
        List<Checked> free = new ArrayList<>();
        int[] failures = new int[1];
        for (int i = 0; i < 700; i++) {
            free.add(new Checked(content, busy, free, failures));
        }
        int submitted = 0;
        while (submitted < count) {
            while (!free.isEmpty() && submitted < count) {
                int first = random.nextInt(blocks);
                int length = 1 + random.nextInt(Math.min(8, blocks - first));
                int conflict = busy.nextSetBit(first);
                if (conflict >= 0 && conflict < first + length) {
                    break;
                }
                Checked io = free.remove(free.size() - 1);
                io.begin(random, first, length);
                queue.submit(io);
                submitted++;
            }
            queue.kick();
            if (queue.poll() == 0) {
                awaitEnds();
            }
        }
        awaitAll();
        assertThat(failures[0]).as("wrong or failed transfers, seed %d", seed).isZero();
        assertThat(free).hasSize(700);
    }

    private static final class Checked extends BackingIo {
        private final int[] content;
        private final BitSet busy;
        private final List<Checked> free;
        private final int[] failures;
        private final ByteBuffer own = BackingDeviceSuite.buffer(9 * BLOCK);
        private int first;
        private int blocks;

        Checked(int[] content, BitSet busy, List<Checked> free, int[] failures) {
            this.content = content;
            this.busy = busy;
            this.free = free;
            this.failures = failures;
        }

        void begin(Random random, int firstBlock, int count) {
            first = firstBlock;
            blocks = count;
            busy.set(first, first + count);
            boolean write = random.nextBoolean();
            int index = random.nextBoolean() ? BLOCK : 0;
            for (int i = 0; i < count && write; i++) {
                content[first + i] = random.nextInt();
                own.putInt(index + i * BLOCK, content[first + i]);
                own.putInt(index + i * BLOCK + BLOCK - 4, ~content[first + i]);
            }
            prepare(write ? Kind.WRITE : Kind.READ, (long) first * BLOCK, own, index, count * BLOCK);
        }

        @Override
        protected void completed() {
            boolean right = result == 0;
            for (int i = 0; i < blocks && kind == Kind.READ; i++) {
                int expected = content[first + i];
                right &= own.getInt(bufferIndex + i * BLOCK) == expected
                        && own.getInt(bufferIndex + i * BLOCK + BLOCK - 4) == (expected == 0 ? 0 : ~expected);
            }
            failures[0] += right ? 0 : 1;
            busy.clear(first, first + blocks);
            free.add(this);
        }
    }

    @Test
    void completedTransferMaySubmitTheNext() throws Exception {
        use(file(1 << 20));
        ByteBuffer buffer = buffer(BLOCK);
        int[] ends = new int[1];
        BackingIo chain = new BackingIo() {
            @Override
            protected void completed() {
                if (result == 0 && ++ends[0] < 1000) {
                    queue.submit(prepare(Kind.WRITE, ends[0] % 256 * (long) BLOCK, buffer, 0, BLOCK));
                }
            }
        };
        queue.submit(chain.prepare(BackingIo.Kind.WRITE, 0, buffer, 0, BLOCK));
        awaitAll();
        assertThat(ends[0]).isEqualTo(1000);
    }

    @Test
    void readBeyondTruncatedFileFails() throws Exception {
        Path file = file(1 << 20);
        use(file);
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(BLOCK);
        }
        assertThat(read(1 << 19, buffer(BLOCK), BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(read(0, buffer(2 * BLOCK), 2 * BLOCK))
                .as("the file ends inside the transfer")
                .isEqualTo(-Errno.EIO);
        assertThat(read(0, buffer(BLOCK), BLOCK)).isZero();
    }

    @Test
    void reportsErrnoOfFullFileSystem() throws Exception {
        assumeTrue(ProcessHandle.current().info().user().orElse("").equals("root"), "needs root, for a small tmpfs");
        Path mount = Files.createDirectory(directory.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=64k", "none", mount.toString()) == 0, "needs to mount a tmpfs");
        try {
            Path file = mount.resolve("backing");
            try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
                f.setLength(1 << 20);
            }
            use(file);
            int result = 0;
            for (int i = 0; i < 32 && result == 0; i++) {
                result = write(i * BLOCK, buffer(BLOCK), BLOCK);
            }
            assertThat(result).isEqualTo(-Errno.ENOSPC);
            queue.close();
            queue = null;
            device.close();
            device = null;
        } finally {
            run("umount", mount.toString());
        }
    }

    @Test
    void reportsIoErrorOfBlockDevice() throws Exception {
        Path file = file(1 << 20);
        use(loop(file));
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(0);
        }
        assertThat(read(1 << 19, buffer(BLOCK), BLOCK)).isEqualTo(-Errno.EIO);
    }

    @Test
    void takesBlockSizesFromBlockDevice() throws Exception {
        use(loop(file(1 << 20), "--sector-size", "4096"));
        assertThat(device.logicalBlockBytes()).isEqualTo(4096);
        assertThat(device.physicalBlockBytes()).isEqualTo(4096);
        assertThat(device.sizeBytes()).isEqualTo(1 << 20);
    }

    @Test
    void refusesBlockDeviceInUse() throws Exception {
        Path loop = loop(file(1 << 20));
        use(loop);
        assertThatThrownBy(() -> openDevice(loop.toString()))
                .asInstanceOf(type(SystemCallException.class))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
    }

    @Test
    void refusesReadOnlyBlockDevice() throws Exception {
        Path loop = loop(file(1 << 20), "--read-only");
        assertThatThrownBy(() -> openDevice(loop.toString()))
                .asInstanceOf(type(SystemCallException.class))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
    }

    @Test
    void refusesFileInUse() throws Exception {
        Path file = file(1 << 16);
        use(file);
        assertThatThrownBy(() -> openDevice(file.toString()))
                .isInstanceOf(ClaimedException.class)
                .hasMessageStartingWith("claim " + file + ", in use")
                .hasMessageEndingWith(": Device or resource busy (EBUSY)");
        queue.close();
        device.close();
        use(file);
    }

    @Test
    void refusesWhatIsNoFile() {
        assertThatThrownBy(() -> openDevice(directory.toString())).hasMessageEndingWith("(ENOTBLK)");
        assertThatThrownBy(() -> openDevice("/dev/null")).hasMessageEndingWith("(ENOTBLK)");
        assertThatThrownBy(() -> openDevice("/nonexistent")).hasMessageEndingWith("(ENOENT)");
    }

    @Test
    void queueWithTransfersInFlightCannotBeClosed() throws Exception {
        use(file(1 << 16));
        Io io = new Io();
        io.prepareFlush();
        queue.submit(io);
        assertThat(queue.inFlight()).isEqualTo(1);
        assertThatThrownBy(() -> queue.close()).hasMessageContaining("1 transfers in flight");
        awaitAll();
        assertThat(queue.inFlight()).isZero();
    }

    @Test
    void transfersAllocateNothing() throws Exception {
        assumeTrue(allocationFree(), "the fallback allocates a task per transfer");
        use(file(1 << 20));
        Io[] ios = new Io[32];
        for (int i = 0; i < ios.length; i++) {
            ios[i] = new Io();
            ios[i].prepare(i % 2 == 0 ? BackingIo.Kind.READ : BackingIo.Kind.WRITE, i * BLOCK, buffer(BLOCK), 0, BLOCK);
        }
        List<Thread> threads = backingThreads();
        long bytes = 0;
        for (int round = 0; round < 8; round++) {
            long before = allocatedBy(threads);
            for (int i = 0; i < 300; i++) {
                for (Io io : ios) {
                    io.transferred = 0;
                    queue.submit(io);
                }
                awaitAll();
            }
            bytes = allocatedBy(threads) - before;
        }
        assertThat(bytes).as("bytes allocated by 9600 transfers").isLessThan(20_000);
    }

    // The bytes that the test's thread and the threads that make transfers have allocated.
    private static long allocatedBy(List<Thread> others) {
        var beans = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long sum = beans.getCurrentThreadAllocatedBytes();
        for (Thread thread : others) {
            sum += beans.getThreadAllocatedBytes(thread.getId());
        }
        return sum;
    }

    private static List<Thread> backingThreads() {
        Thread[] all = new Thread[Thread.activeCount() + 16];
        int count = Thread.enumerate(all);
        return java.util.Arrays.stream(all, 0, count)
                .filter(thread -> thread.getName().startsWith("pcache-backing"))
                .toList();
    }

    private Path loop(Path file, String... options) throws Exception {
        assumeTrue(
                Files.exists(Path.of("/dev/loop-control")) && Files.isWritable(Path.of("/dev/loop-control")),
                "needs loop devices and root");
        List<String> command = new ArrayList<>(List.of("losetup", "--find", "--show"));
        command.addAll(List.of(options));
        command.add(file.toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String name =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        assumeTrue(process.waitFor() == 0 && !name.isEmpty(), "losetup failed");
        loopDevice = Path.of(name);
        return loopDevice;
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
