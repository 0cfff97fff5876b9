package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pcache.sys.Errno;
import io.pcache.sys.FileSystemStatus;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sparse cache files get their blocks before they are used. */
class AllocationTest {
    private static final int SIZE = 8 << 20;

    @TempDir
    Path directory;

    private static Path sparse(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            file.seek(1 << 20);
            file.writeLong(42);
        }
        return path;
    }

    private static long allocated(Path path) throws IOException {
        return SystemCalls.linux().status(path.toString()).allocatedBytes();
    }

    /** Real system calls, except that fallocate fails; the first time with EINTR. */
    private static SystemCalls failingFallocate(int errno) {
        boolean[] interrupted = {false};
        return with("fallocate", arguments -> {
            boolean again = interrupted[0];
            interrupted[0] = true;
            throw new SystemCallException(again ? errno : Errno.EINTR, "fallocate", "fd " + arguments[0]);
        });
    }

    private static SystemCalls with(String name, Call replacement) {
        return ReplacedCalls.by((call, arguments) -> call.equals(name) ? replacement.make(arguments) : null);
    }

    private interface Call {
        Object make(Object[] arguments) throws SystemCallException;
    }

    private static void fillsHoles(Path path) throws Exception {
        byte[] content = Files.readAllBytes(path);
        long before = allocated(path);
        assertThat(before).as("sparse").isLessThan(SIZE / 2);
        try (CacheMemory memory = MappedMemory.open(path.toString())) {
            assertThat(allocated(path)).as("opened only").isEqualTo(before);
            memory.requireRoom();
            assertThat(allocated(path)).as("looked only").isEqualTo(before);
            assertThat(memory.allocate()).isTrue();
            assertThat(allocated(path)).isGreaterThanOrEqualTo(SIZE);
            assertThat(memory.allocate()).as("again").isTrue();
        }
        assertThat(Files.readAllBytes(path)).as("content and size").isEqualTo(content);
    }

    @Test
    void fillsTheHolesOfADiskFileAndKeepsItsContent() throws Exception {
        fillsHoles(sparse(directory.resolve("cache"), SIZE));
    }

    @Test
    void fillsTheHolesOfAFileInMemoryAndKeepsItsContent() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(SIZE)) {
            fillsHoles(sparse(file.path(), SIZE));
        }
    }

    private static void sparesAllocation(Path path) throws Exception {
        Files.write(path, new byte[SIZE]);
        isNotAllocated(path);
    }

    private static void isNotAllocated(Path path) throws Exception {
        SystemCalls counting = with("fallocate", arguments -> {
            throw new AssertionError("fallocate, though there are no holes");
        });
        try (CacheMemory memory = Mapping.open(counting, path.toString()).memory()) {
            memory.sync();
            assertThat(memory.allocate()).isTrue();
        }
    }

    @Test
    void sparesAllocationOfADiskFileWithoutHoles() throws Exception {
        sparesAllocation(directory.resolve("cache"));
    }

    @Test
    void sparesAllocationOfAFileInMemoryWithoutHoles() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(0)) {
            sparesAllocation(file.path());
        }
    }

    @Test
    void sparesAllocationOfAFileInMemoryWhosePagesWereNeverStoredTo() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(SIZE)) {
            try (CacheMemory memory = MappedMemory.open(file.path().toString())) {
                assertThat(memory.allocate()).isTrue();
            }
            isNotAllocated(file.path());
        }
    }

    @Test
    void tellsHowFarItHasCome() throws Exception {
        Path path = sparse(directory.resolve("cache"), 600L << 20);
        List<Long> done = new ArrayList<>();
        List<Object> asked = new ArrayList<>();
        SystemCalls recording = with("fallocate", arguments -> asked.addAll(List.of(arguments[2], arguments[3])));
        try (CacheMemory memory = Mapping.open(recording, path.toString()).memory()) {
            assertThat(memory.allocate(done::add)).isTrue();
        }
        assertThat(done).containsExactly(256L << 20, 512L << 20, 600L << 20);
        assertThat(asked).containsExactly(0L, 256L << 20, 256L << 20, 256L << 20, 512L << 20, 88L << 20);
    }

    @Test
    void refusesAFileForWhichThereIsNoRoomAndChangesNothing() throws Exception {
        Path path = sparse(directory.resolve("cache"), SIZE);
        long before = allocated(path);
        SystemCalls nearlyFull = with("fileSystem", arguments -> new FileSystemStatus(0, 4096, 1 << 20, 1000));
        try (DeviceFile file = DeviceFile.open(nearlyFull, path.toString(), DeviceFile.Claim.EXCLUSIVE)) {
            String line = "the cache file " + path + " has holes, and its file system has no room to fill them (needs "
                    + (SIZE - before) + " bytes) (-ENOSPC)";
            assertThatThrownBy(file::requireRoom)
                    .isInstanceOf(NoRoomException.class)
                    .hasMessage(line);
            assertThatThrownBy(() -> file.allocate(done -> {}))
                    .isInstanceOf(NoRoomException.class)
                    .hasMessage(line);
        }
        assertThat(allocated(path)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSPC, Errno.EDQUOT})
    void refusesWhenRoomRunsOutMeanwhile(int errno) throws Exception {
        Path path = sparse(directory.resolve("cache"), SIZE);
        try (CacheMemory memory =
                Mapping.open(failingFallocate(errno), path.toString()).memory()) {
            assertThatThrownBy(memory::allocate)
                    .asInstanceOf(type(NoRoomException.class))
                    .extracting(NoRoomException::errno)
                    .isEqualTo(errno);
        }
    }

    @Test
    void failsWithTheDevice() throws Exception {
        Path path = sparse(directory.resolve("cache"), SIZE);
        try (CacheMemory memory =
                Mapping.open(failingFallocate(Errno.EIO), path.toString()).memory()) {
            assertThatThrownBy(memory::allocate)
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("EIO");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EOPNOTSUPP, Errno.ENOSYS})
    void tellsOfHolesThatTheFileSystemCannotFillAhead(int errno) throws Exception {
        Path path = sparse(directory.resolve("cache"), SIZE);
        try (CacheMemory memory =
                Mapping.open(failingFallocate(errno), path.toString()).memory()) {
            assertThat(memory.allocate()).isFalse();
            for (int offset = 0; offset < SIZE; offset += 1 << 20) {
                memory.copyIn(offset, ByteBuffer.allocateDirect(1 << 20), 0, 1 << 20);
            }
            memory.sync();
            assertThat(memory.allocate()).as("without holes").isTrue();
        }
    }
}
