package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.sun.management.ThreadMXBean;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeWords;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedMemoryTest {
    // Two buffers behind the first 20480 bytes; the second buffer is shorter.
    private static final long BIG = DeviceLayout.SEGMENTS + (1L << 30) + 12_345;
    private static final long CHUNK_EDGE = DeviceLayout.SEGMENTS + (1L << 30);

    @TempDir
    Path directory;

    private String file(long size) throws IOException {
        Path path = directory.resolve("cache.img");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path.toString();
    }

    private static void assertErrno(ThrowingCallable action, int errno) {
        assertThatThrownBy(action)
                .asInstanceOf(type(SystemCallException.class))
                .extracting(SystemCallException::errno)
                .isEqualTo(errno);
    }

    @Test
    void keepsStoresAcrossReopen() throws Exception {
        String path = file(BIG);
        try (CacheMemory memory = MappedMemory.open(path)) {
            memory.putInt(4096, 0x11223344);
            memory.putLong(DeviceLayout.SEGMENTS, -2);
            memory.putLong(BIG - 8, 0x0102030405060708L);
            memory.drain();
            memory.sync();
        }
        try (CacheMemory memory = MappedMemory.open(path)) {
            assertThat(memory.size()).isEqualTo(BIG);
            assertThat(memory.getInt(4096)).isEqualTo(0x11223344);
            assertThat(memory.getByte(4096)).as("little-endian").isEqualTo((byte) 0x44);
            assertThat(memory.getLong(DeviceLayout.SEGMENTS)).isEqualTo(-2);
            assertThat(memory.getLong(BIG - 8)).isEqualTo(0x0102030405060708L);
        }
    }

    @Test
    void copiesRangesThatCrossBuffersOfTheMapping() throws Exception {
        byte[] bytes = new byte[200];
        new Random(1).nextBytes(bytes);
        ByteBuffer target = ByteBuffer.allocate(300);
        try (CacheMemory memory = MappedMemory.open(file(BIG))) {
            for (long edge : new long[] {DeviceLayout.SEGMENTS, CHUNK_EDGE}) {
                memory.copyIn(edge - 100, ByteBuffer.wrap(bytes), 0, 200);
                memory.copyOut(edge - 100, target, 50, 200);
                assertThat(target.slice(50, 200)).isEqualTo(ByteBuffer.wrap(bytes));
                assertThat(memory.checksum(edge - 100, 200))
                        .isEqualTo(new Checksum().of(ByteBuffer.wrap(bytes), 0, 200));
                memory.zero(edge - 10, 20);
                memory.copyOut(edge - 100, target, 0, 200);
                assertThat(target.slice(90, 20)).isEqualTo(ByteBuffer.allocate(20));
                assertThat(target.get(89)).isEqualTo(bytes[89]);
                assertThat(target.get(110)).isEqualTo(bytes[110]);
            }
        }
    }

    @Test
    void mapsAsOneRangeOfAddresses() throws Exception {
        try (CacheMemory memory = MappedMemory.open(file(BIG))) {
            assertThat(memory.address(CHUNK_EDGE)).isEqualTo(memory.address(0) + CHUNK_EDGE);
            assertThat(memory.address(0) % 4096).isZero();
        }
    }

    @Test
    void checksumsLongRanges() throws Exception {
        ByteBuffer bytes = ByteBuffer.allocateDirect(1_000_003);
        new Random(2).ints(250_000).forEach(bytes::putInt);
        try (CacheMemory memory = MappedMemory.open(file(4 << 20))) {
            memory.copyIn(30_001, bytes, 0, bytes.capacity());
            assertThat(memory.checksum(30_001, bytes.capacity()))
                    .isEqualTo(new Checksum().of(bytes, 0, bytes.capacity()));
        }
    }

    @Test
    void rejectsAccessOutsideTheDevice() throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(64);
        try (CacheMemory memory = MappedMemory.open(file(DeviceLayout.SEGMENTS + 4096))) {
            long end = memory.size();
            for (long offset : new long[] {-1, -(1L << 62), Long.MIN_VALUE, end, end + (1L << 32), Long.MAX_VALUE}) {
                assertThatThrownBy(() -> memory.getByte(offset)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.putLong(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.copyIn(offset, buffer, 0, 1))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.copyOut(offset, buffer, 0, 1))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.checksum(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.writeBack(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> memory.getLong(end - 7)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> memory.copyIn(end - 7, buffer, 0, 8))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> memory.copyIn(0, buffer, 60, 8)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> memory.checksum(end - 7, 8)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void rejectsAccessAfterClose() throws Exception {
        CacheMemory memory = MappedMemory.open(file(1 << 20));
        memory.close();
        assertThatThrownBy(() -> memory.getLong(0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.checksum(0, 8)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void takesOrdinaryFileForPageCache() throws Exception {
        try (MappedMemory memory = MappedMemory.open(file(1 << 20))) {
            assertThat(memory.kind()).isEqualTo(CacheMemory.Kind.PAGE_CACHE);
            assertThat(memory.syncIsSlow()).isTrue();
            assertThat(memory.warning()).isNull();
            assertThat(memory.describe()).contains("cache.img: file, ", "fdatasync");
        }
    }

    @Test
    void refusesDeviceThatIsInUse() throws Exception {
        String path = file(1 << 20);
        CacheMemory first = MappedMemory.open(path);
        assertErrno(() -> MappedMemory.open(path), Errno.EBUSY);
        first.close();
        MappedMemory.open(path).close();
    }

    @Test
    void refusesWhatCannotBeACacheDevice() throws Exception {
        assertErrno(() -> MappedMemory.open(directory.resolve("missing").toString()), Errno.ENOENT);
        assertErrno(() -> MappedMemory.open(directory.toString()), Errno.ENOTBLK);
        assertErrno(() -> MappedMemory.open("/dev/null"), Errno.ENOTBLK);
        assertErrno(() -> MappedMemory.open(file(0)), Errno.EINVAL);
    }

    @Test
    void leavesNoLockBehindWhenOpenFails() throws Exception {
        assertErrno(() -> MappedMemory.open(file(0)), Errno.EINVAL);
        MappedMemory.open(file(4096)).close();
    }

    @Test
    void allocatesNothingOnHotPaths() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer buffer = ByteBuffer.allocateDirect(20_000);
        try (CacheMemory memory = MappedMemory.open(file(1 << 20))) {
            long allocated = 0;
            for (int round = 0; round < 3; round++) {
                long before =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                for (int i = 0; i < 2_000; i++) {
                    memory.putLong(4096, memory.getLong(8192) + memory.getInt(20480) + memory.getByte(1));
                    memory.copyIn(30_000, buffer, 0, 20_000);
                    memory.copyOut(30_000, buffer, 0, 20_000);
                    memory.zero(30_000, 512);
                    memory.writeBack(30_000, 512);
                    memory.drain();
                    memory.checksum(30_000, 20_000);
                }
                allocated =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            }
            assertThat(allocated).as("bytes in 2000 warm rounds").isLessThan(2_000);
        }
    }

    /**
     * Close cannot reach a thread that is in the middle of a copy. If the memory were unmapped, this thread would end
     * the process.
     */
    @Test
    void anAccessThatCloseDoesNotReachAnyMoreHasNoEffect() throws Exception {
        String path = file(1 << 20);
        MappedMemory memory = MappedMemory.open(path);
        memory.putLong(8192, 7);
        long late = memory.address(8192);
        memory.close();

        assertThat(NativeWords.get(late)).isZero();
        NativeWords.set(late, 9);
        try (MappedMemory again = MappedMemory.open(path)) {
            assertThat(again.getLong(8192)).isEqualTo(7);
        }
        Reference.reachabilityFence(memory);
    }
}
