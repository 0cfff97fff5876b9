package io.pcache.backing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FileBackingTest extends BackingDeviceSuite {
    private final Semaphore woken = new Semaphore(0);

    @Override
    protected BackingDevice openDevice(String path) throws IOException {
        return FileBacking.open(path);
    }

    @Override
    protected BackingQueue openQueue(BackingDevice device) {
        return device.openQueue(woken::release);
    }

    @Override
    protected void awaitEnds() throws InterruptedException {
        woken.acquire();
        woken.drainPermits();
    }

    @Override
    protected boolean allocationFree() {
        return false;
    }

    @Test
    void saysWhyItIsNotFaster() throws Exception {
        device = new FileBacking(BackingFile.open(file(512).toString()), "no io_uring: EPERM");
        assertThat(device.describe()).endsWith("by 8 threads (no io_uring: EPERM)");
    }

    @Test
    void aDiscardGivesAPartOfAFileBackAndNothingElse() throws Exception {
        Path path = file(1 << 20);
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        Files.write(path, bytes);
        FileBacking disk = FileBacking.open(path.toString());
        device = disk;
        long before = SystemCalls.linux().status(path.toString()).allocatedBytes();

        assertThat(disk.discardsCheaply()).as("a hole has to be asked for").isFalse();
        assertThat(disk.discard(128 << 10, 512 << 10)).isTrue();

        Arrays.fill(bytes, 128 << 10, 640 << 10, (byte) 0);
        assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
        assertThat(SystemCalls.linux().status(path.toString()).allocatedBytes()).isLessThan(before);
    }

    @Test
    void aDiscardThatIsInTheWayOfSomethingIsNoFailure() throws Exception {
        BackingFile file =
                BackingFile.open(fallocateFailing(Errno.EBUSY), file(1 << 16).toString(), false);
        device = new FileBacking(file, "");
        assertThat(file.discard(0, 1 << 16)).isFalse();
    }

    @Test
    void aDeviceThatTakesNoDiscardsSaysSo() throws Exception {
        BackingFile file = BackingFile.open(
                fallocateFailing(Errno.EOPNOTSUPP), file(1 << 16).toString(), false);
        device = new FileBacking(file, "");
        assertThatThrownBy(() -> file.discard(0, 1 << 16))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("EOPNOTSUPP");
    }

    private static SystemCalls fallocateFailing(int errno) {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("fallocate")) {
                        throw new SystemCallException(errno, "fallocate", "");
                    }
                    try {
                        return method.invoke(SystemCalls.linux(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void readOnlyFileCanBeReadOnly() throws Exception {
        Path path = file(1 << 16);
        assertThat(path.toFile().setReadOnly()).isTrue();
        device = new FileBacking(BackingFile.open(path.toString(), true), "");
        queue = openQueue(device);
        Io io = new Io();
        io.prepare(BackingIo.Kind.READ, 0, buffer(BLOCK), 0, BLOCK);
        assertThat(transfer(io)).isZero();
        io.prepare(BackingIo.Kind.WRITE, 0, buffer(BLOCK), 0, BLOCK);
        assertThat(transfer(io)).isNegative();
    }

    @Test
    void continuesShortAndInterruptedTransfers() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Path path = file(1 << 16);
        useFaulty(path, (real, name, arguments) -> {
            if (name.equals("pwrite")) {
                // EINTR, one block, EAGAIN, one block and a bit, the rest.
                return switch (calls.getAndIncrement()) {
                    case 0 -> -Errno.EINTR;
                    case 1 -> real.pwrite((int) arguments[0], (long) arguments[1], BLOCK, (long) arguments[3]);
                    case 2 -> -Errno.EAGAIN;
                    case 3 -> real.pwrite((int) arguments[0], (long) arguments[1], BLOCK, (long) arguments[3]) + 100;
                    default -> null;
                };
            }
            return null;
        });
        Io io = new Io();
        var out = buffer(4 * BLOCK);
        for (int i = 0; i < 4; i++) {
            out.putInt(i * BLOCK, i + 1);
        }
        io.prepare(BackingIo.Kind.WRITE, BLOCK, out, 0, 4 * BLOCK);
        assertThat(transfer(io)).isZero();
        assertThat(calls).hasValue(5);
        var in = buffer(4 * BLOCK);
        io.prepare(BackingIo.Kind.READ, BLOCK, in, 0, 4 * BLOCK);
        assertThat(transfer(io)).isZero();
        assertThat(in).isEqualTo(out);
    }

    @Test
    void reportsInjectedErrors() throws Exception {
        useFaulty(file(1 << 16), (real, name, arguments) -> name.equals("pwrite") ? (Object) (-Errno.EIO) : null);
        Io io = new Io();
        io.prepare(BackingIo.Kind.WRITE, 0, buffer(BLOCK), 0, BLOCK);
        assertThat(transfer(io)).isEqualTo(-Errno.EIO);
    }

    @Test
    void transferEndsEvenIfTheCallThrows() throws Exception {
        useFaulty(file(1 << 16), (real, name, arguments) -> {
            if (name.equals("pwrite")) {
                throw new AssertionError("not to be seen by the transfer");
            }
            return null;
        });
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        CountDownLatch reported = new CountDownLatch(1);
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> reported.countDown());
        try {
            Io io = new Io();
            io.prepare(BackingIo.Kind.WRITE, 0, buffer(BLOCK), 0, BLOCK);
            assertThat(transfer(io)).isEqualTo(-Errno.EIO);
            reported.await();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void worksBufferedWhereDirectReadsAreRefused() throws Exception {
        useFaulty(
                file(1 << 16),
                (real, name, arguments) -> name.equals("pread")
                                && (real.fcntl((int) arguments[0], io.pcache.sys.Linux.F_GETFL, 0)
                                                & io.pcache.sys.Linux.O_DIRECT)
                                        != 0
                        ? (Object) (-Errno.EINVAL)
                        : null);
        assertThat(device.direct()).isFalse();
        assertThat(device.describe()).contains("buffered");
        Io io = new Io();
        io.prepare(BackingIo.Kind.READ, 0, buffer(BLOCK), 0, BLOCK);
        assertThat(transfer(io)).isZero();
    }

    private interface Fault {
        Object answer(SystemCalls real, String name, Object[] arguments) throws Exception;
    }

    private void useFaulty(Path path, Fault fault) throws IOException {
        SystemCalls real = SystemCalls.linux();
        SystemCalls faulty = (SystemCalls) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    Object answer = fault.answer(real, method.getName(), arguments);
                    if (answer != null) {
                        return answer;
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        device = new FileBacking(BackingFile.open(faulty, path.toString(), false), "");
        queue = openQueue(device);
    }
}
