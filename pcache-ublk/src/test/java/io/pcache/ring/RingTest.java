package io.pcache.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
class RingTest {
    private static final long MILLISECOND = 1_000_000;
    /** {@code IORING_OP_NOP} of linux/io_uring.h. */
    private static final byte OP_NOP = 0;

    private record Completion(long payload, int result) {}

    @TempDir
    Path directory;

    private final SystemCalls calls = SystemCalls.linux();
    private final List<Completion> seen = new ArrayList<>();
    private Ring ring;
    private SubmissionQueue queue;
    private int client;
    /** What the last ring was made with that {@link #watched} has seen. */
    private int setupFlags;

    private final SystemCalls watched = FaultyCalls.with((call, arguments) -> {
        if (call.equals("ioUringSetup")) {
            setupFlags = setupFlags((long) arguments[1]);
        }
        return null;
    });

    private static int setupFlags(long params) {
        return NativeMemory.wrap(params, RingParamsLayout.BYTES).getInt(RingParamsLayout.FLAGS);
    }

    @BeforeEach
    void openRing() throws Exception {
        IoUringRequired.check();
        use(Ring.open(RingConfig.forThread(8, 32)));
    }

    @AfterEach
    void closeRing() throws Exception {
        if (ring != null) {
            ring.close();
        }
    }

    private void use(Ring other) throws Exception {
        closeRing();
        ring = other;
        queue = ring.submissions();
        client = ring.addClient((payload, result, flags) -> seen.add(new Completion(payload, result)));
        seen.clear();
    }

    private long data(long payload) {
        return UserData.of(client, payload);
    }

    private void await(int count) {
        while (seen.size() < count) {
            ring.submitAndWait(1);
            ring.dispatch();
        }
    }

    /** Queues the operation that completes at once with 0. */
    private void nop(long userData) {
        queue.claim(OP_NOP, -1, userData);
    }

    private int open(Path file) throws Exception {
        return calls.open(file.toString(), Linux.O_RDWR);
    }

    @Test
    void takesTheNewestFlagsOfThisKernel() throws Exception {
        use(Ring.open(watched, RingConfig.forThread(8, 32)));
        assertThat(setupFlags & IoUring.SETUP_COOP_TASKRUN).isNotZero();
    }

    @Test
    void transfersAndSyncsAFile() throws Exception {
        Path file = Files.write(directory.resolve("f"), new byte[8192]);
        int fd = open(file);
        ByteBuffer buffer = NativeMemory.allocate(8192);
        long address = NativeMemory.address(buffer);
        buffer.put(100, new byte[] {1, 2, 3});
        queue.write(fd, address + 100, 3, 5000, data(1));
        await(1);
        queue.fdatasync(fd, data(2));
        await(2);
        queue.read(fd, address, 8192, 4096, data(3));
        await(3);
        calls.close(fd);
        assertThat(seen).containsExactly(new Completion(1, 3), new Completion(2, 0), new Completion(3, 4096));
        assertThat(buffer.get(904)).isEqualTo((byte) 1);
        assertThat(Files.readAllBytes(file)[5002]).isEqualTo((byte) 3);
    }

    @Test
    void reportsErrnoOfFailedOperation() {
        queue.read(-1, 0, 10, 0, data(7));
        await(1);
        assertThat(seen).containsExactly(new Completion(7, -Errno.EBADF));
    }

    @Test
    void worksOnRegisteredFiles() throws Exception {
        int fd = open(Files.write(directory.resolve("f"), new byte[4096]));
        ByteBuffer buffer = NativeMemory.allocateAligned(8192, 4096);
        long address = NativeMemory.address(buffer);
        int slot = ring.registerFile(fd);
        assertThat(slot).isZero();
        calls.close(fd);
        buffer.putLong(0, 42);
        queue.write(slot, address, 4096, 0, data(1));
        queue.flags(IoUring.SQE_FIXED_FILE);
        await(1);
        queue.read(slot, address + 4096, 4096, 0, data(2));
        queue.flags(IoUring.SQE_FIXED_FILE);
        await(2);
        assertThat(seen).containsExactly(new Completion(1, 4096), new Completion(2, 4096));
        assertThat(buffer.getLong(4096)).isEqualTo(42);
        ring.unregisterFile(slot);
        queue.read(slot, address, 4096, 0, data(3));
        queue.flags(IoUring.SQE_FIXED_FILE);
        await(3);
        assertThat(seen.get(2).result()).isEqualTo(-Errno.EBADF);
    }

    @Test
    void fileTableHasAnEnd() throws Exception {
        int fd = open(Files.write(directory.resolve("f"), new byte[1]));
        for (int i = 0; i < 4; i++) {
            assertThat(ring.registerFile(fd)).isEqualTo(i);
        }
        assertThat(ring.registerFile(fd)).isEqualTo(-1);
        ring.unregisterFile(2);
        assertThat(ring.registerFile(fd)).isEqualTo(2);
        calls.close(fd);
    }

    @Test
    void registeredMemoryIsReadAndWritten() throws Exception {
        int fd = open(Files.write(directory.resolve("f"), new byte[4096]));
        ByteBuffer buffer = NativeMemory.allocateAligned(8192, 4096);
        long address = NativeMemory.address(buffer);
        int slot = ring.registerMemory(address, 8192);
        assertThat(slot).isZero();
        buffer.putLong(0, 42);
        queue.writeFixed(fd, address, 4096, 0, slot, data(1));
        await(1);
        queue.readFixed(fd, address + 4096, 4096, 0, slot, data(2));
        await(2);
        assertThat(seen).containsExactly(new Completion(1, 4096), new Completion(2, 4096));
        assertThat(buffer.getLong(4096)).isEqualTo(42);
        ring.unregisterMemory(slot);
        queue.readFixed(fd, address, 4096, 0, slot, data(3));
        await(3);
        assertThat(seen.get(2).result()).isEqualTo(-Errno.EFAULT);
        calls.close(fd);
    }

    @Test
    void memoryThatMayNotBePinnedHasNoSlot() throws Exception {
        SystemCalls poor = FaultyCalls.with((call, arguments) ->
                call.equals("ioUringRegister") && (int) arguments[1] == IoUring.REGISTER_BUFFERS_UPDATE
                        ? -Errno.ENOMEM
                        : null);
        use(Ring.open(poor, RingConfig.forThread(4, 8)));
        assertThat(ring.registerMemory(NativeMemory.address(NativeMemory.allocateAligned(4096, 4096)), 4096))
                .isEqualTo(-1);
    }

    @Test
    void timedWaitEndsWithoutCompletions() {
        assertThat(ring.submitAndWait(1, 2 * MILLISECOND)).isFalse();
        nop(data(1));
        assertThat(ring.submitAndWait(1, 3600_000 * MILLISECOND)).isTrue();
        assertThat(ring.dispatch()).isEqualTo(1);
    }

    @Test
    void indicesWrapManyTimes() {
        for (int i = 0; i < 10_000; i++) {
            nop(data(i));
            if (i % 3 == 2) {
                ring.submitAndWait(1);
                ring.dispatch();
            }
        }
        await(10_000);
        for (int i = 0; i < 10_000; i++) {
            assertThat(seen.get(i)).isEqualTo(new Completion(i, 0));
        }
    }

    @Test
    void fullQueueSubmitsItself() {
        for (int i = 0; i < 20; i++) {
            nop(data(i));
        }
        await(20);
        assertThat(seen).hasSize(20);
    }

    @Test
    void keepsThousandsInFlight() throws Exception {
        int count = 4096;
        use(Ring.open(RingConfig.forThread(1024, 8192)));
        int fd = open(Files.write(directory.resolve("f"), new byte[count * 512]));
        ByteBuffer buffer = NativeMemory.allocateAligned(count * 512, 4096);
        long address = NativeMemory.address(buffer);
        for (int i = 0; i < count; i++) {
            buffer.putInt(i * 512, i + 1);
            queue.write(fd, address + i * 512L, 512, i * 512L, data(i));
        }
        await(count);
        calls.close(fd);
        Set<Completion> expected = new HashSet<>();
        for (int i = 0; i < count; i++) {
            expected.add(new Completion(i, 512));
        }
        assertThat(new HashSet<>(seen)).isEqualTo(expected);
        ByteBuffer read =
                ByteBuffer.wrap(Files.readAllBytes(directory.resolve("f"))).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            assertThat(read.getInt(i * 512)).isEqualTo(i + 1);
        }
    }

    @Test
    void overflownCompletionsArriveAll() {
        // The completion ring has 32 places.
        for (int i = 0; i < 500; i++) {
            nop(data(i));
        }
        ring.submit();
        int dispatched = 0;
        while (dispatched < 500) {
            ring.submitAndWait(1);
            dispatched += ring.dispatch();
        }
        assertThat(seen).hasSize(500).doesNotHaveDuplicates().allMatch(c -> c.result() == 0);
    }

    @Test
    void clientsGetTheirOwnCompletions() {
        List<Long> others = new ArrayList<>();
        int other = ring.addClient((payload, result, flags) -> others.add(payload));
        nop(UserData.of(other, (1L << 56) - 1));
        nop(data(5));
        ring.submitAndWait(2);
        ring.dispatch();
        assertThat(others).containsExactly((1L << 56) - 1);
        assertThat(seen).containsExactly(new Completion(5, 0));
    }

    @Test
    void handlerThatThrowsDoesNotSeeItsCompletionAgain() {
        int throwing = ring.addClient((payload, result, flags) -> {
            throw new IllegalStateException("handler");
        });
        nop(UserData.of(throwing, 0));
        nop(data(1));
        ring.submitAndWait(2);
        assertThatThrownBy(ring::dispatch).hasMessage("handler");
        assertThat(ring.dispatch()).isEqualTo(1);
        assertThat(seen).containsExactly(new Completion(1, 0));
    }

    @Test
    void dispatchFromHandlerIsRefused() {
        int bad = ring.addClient((payload, result, flags) -> ring.dispatch());
        nop(UserData.of(bad, 0));
        ring.submitAndWait(1);
        assertThatThrownBy(ring::dispatch).hasMessageContaining("from a completion handler");
    }

    @Test
    void otherThreadIsToldThatTheRingIsNotItsOwn() throws Exception {
        use(Ring.open(watched, RingConfig.forThread(8, 32)));
        if ((setupFlags & IoUring.SETUP_SINGLE_ISSUER) == 0) {
            abort("needs SINGLE_ISSUER, Linux 6.0");
        }
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                ring.submitAndWait(0);
            } catch (Throwable t) {
                thrown.set(t);
            }
        });
        thread.start();
        thread.join();
        assertThat(thrown.get())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("io_uring_enter ring fd");
    }

    @Test
    void wakesASleepingOwner() throws Exception {
        AtomicInteger work = new AtomicInteger();
        CountDownLatch sleeping = new CountDownLatch(1);
        int done = 0;
        try (Wakeup wakeup = new Wakeup(ring)) {
            Thread waker = new Thread(() -> {
                try {
                    sleeping.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < 20_000; i++) {
                    work.incrementAndGet();
                    wakeup.wake();
                }
            });
            waker.start();
            while (done < 20_000) {
                if (wakeup.beginSleep()) {
                    sleeping.countDown();
                    // Sleeps for good if a wake-up gets lost; the test then hangs instead of passing.
                    ring.submitAndWait(1);
                    wakeup.endSleep();
                }
                ring.dispatch();
                done += work.getAndSet(0);
            }
            waker.join();
        }
        assertThat(done).isEqualTo(20_000);
    }

    @Test
    void ownerDoesNotSleepWhenSignalledBefore() throws Exception {
        try (Wakeup wakeup = new Wakeup(ring)) {
            wakeup.wake();
            assertThat(wakeup.beginSleep()).isFalse();
            assertThat(wakeup.beginSleep()).isTrue();
            wakeup.endSleep();
        }
    }

    @Test
    void roundAllocatesNothing() throws Exception {
        int fd = open(Files.write(directory.resolve("f"), new byte[4096]));
        ByteBuffer buffer = NativeMemory.allocate(4096);
        long address = NativeMemory.address(buffer);
        AtomicInteger results = new AtomicInteger();
        int counting = ring.addClient((payload, result, flags) -> results.addAndGet(result));
        Wakeup wakeup = new Wakeup(ring);
        long bytes = Allocation.by(
                () -> {
                    for (int round = 0; round < 2000; round++) {
                        for (int i = 0; i < 4; i++) {
                            queue.read(fd, address, 512, 512L * i, UserData.of(counting, i));
                        }
                        wakeup.wake();
                        wakeup.beginSleep();
                        ring.submitAndWait(2);
                        wakeup.endSleep();
                        ring.dispatch();
                    }
                },
                10);
        wakeup.close();
        calls.close(fd);
        assertThat(bytes).as("bytes allocated in 2000 rounds").isLessThan(1000);
        assertThat(results.get()).isPositive();
    }

    @Test
    void fallsBackOnKernelsWithoutTheNewFlags() throws Exception {
        int known = IoUring.SETUP_CQSIZE;
        SystemCalls old = FaultyCalls.with((call, arguments) -> {
            if (call.equals("ioUringRegister")) {
                return -Errno.EINVAL;
            }
            if (call.equals("ioUringSetup")) {
                int flags = setupFlags((long) arguments[1]);
                if ((flags & ~known) != 0) {
                    throw new SystemCallException(Errno.EINVAL, "io_uring_setup", "test");
                }
                setupFlags = flags;
            }
            return null;
        });
        use(Ring.open(old, RingConfig.forThread(4, 8)));
        assertThat(setupFlags).isEqualTo(known);
        assertThat(ring.registerFile(0)).isEqualTo(-1);
        assertThat(ring.registerMemory(NativeMemory.address(NativeMemory.allocateAligned(4096, 4096)), 4096))
                .isEqualTo(-1);
        for (int i = 0; i < 100; i++) {
            nop(data(i));
        }
        await(100);
        assertThat(seen).hasSize(100);
    }

    @Test
    void ringWithoutDeferralRoundsAsWell() throws Exception {
        use(Ring.open(watched, RingConfig.forThread(4, 8).withDeferral(false)));
        assertThat(setupFlags & IoUring.SETUP_DEFER_TASKRUN).isZero();
        assertThat(setupFlags & IoUring.SETUP_COOP_TASKRUN).isNotZero();
        for (int i = 0; i < 100; i++) {
            nop(data(i));
        }
        await(100);
        assertThat(seen).hasSize(100);
    }

    @Test
    void forbiddenRingNamesTheErrno() {
        SystemCalls forbidden = FaultyCalls.with((call, arguments) -> {
            if (call.equals("ioUringSetup")) {
                throw new SystemCallException(Errno.EPERM, "io_uring_setup", "8 entries");
            }
            return null;
        });
        assertThatThrownBy(() -> Ring.open(forbidden, RingConfig.forThread(8, 8)))
                .hasMessage("io_uring_setup 8 entries: Operation not permitted (EPERM)");
    }

    @Test
    void interruptedAndStarvedCallsAreRepeated() throws Exception {
        int[] errors = {Errno.EINTR, Errno.EAGAIN, Errno.EINTR, Errno.EBUSY};
        AtomicInteger next = new AtomicInteger();
        SystemCalls flaky = FaultyCalls.with(
                (call, arguments) -> call.equals("ioUringEnter") && (int) arguments[1] > 0 && next.get() < errors.length
                        ? -errors[next.getAndIncrement()]
                        : null);
        use(Ring.open(flaky, RingConfig.forThread(8, 16)));
        nop(data(1));
        ring.submit();
        nop(data(2));
        await(2);
        assertThat(seen).containsExactly(new Completion(1, 0), new Completion(2, 0));
        assertThat(next).hasValue(errors.length);
    }

    @Test
    void lostCompletionsAreAnError() throws Exception {
        SystemCalls losing = FaultyCalls.with((call, arguments) -> call.equals("ioUringEnter") ? -Errno.EBADR : null);
        use(Ring.open(losing, RingConfig.forThread(8, 16)));
        assertThatThrownBy(() -> ring.submitAndWait(1))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("(completions were lost)")
                .hasMessageContaining("EBADR");
    }

    @Test
    void controlRingHasLargeEntries() throws Exception {
        use(Ring.open(RingConfig.forControl()));
        int at = queue.command(-1, 0x12345678, data(3));
        assertThat(queue.entries().capacity()).isEqualTo(8 * SqeLayout.BYTES_LARGE);
        assertThat(at).isEqualTo(SqeLayout.COMMAND);
        await(1);
        assertThat(seen).containsExactly(new Completion(3, -Errno.EBADF));
    }

    @Test
    void rejectsImpossibleSizes() {
        assertThatThrownBy(() -> RingConfig.forThread(0, 1)).hasMessageContaining("1 to 32768 entries");
        assertThatThrownBy(() -> RingConfig.forThread(8, 4)).hasMessageContaining("completions");
        assertThatThrownBy(() -> new RingConfig(8, 8, false, true, true, 5000, 0))
                .hasMessageContaining("file slots");
    }
}
