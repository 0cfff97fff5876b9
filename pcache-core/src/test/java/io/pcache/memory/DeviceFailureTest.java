package io.pcache.memory;

import static io.pcache.memory.SharedMemoryFile.resize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Devices that fail, or vanish, under an open cache. */
class DeviceFailureTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path directory;

    private Path file() throws IOException {
        Path path = directory.resolve("cache.img");
        resize(path, SIZE);
        return path;
    }

    /** System calls in which each fdatasync fails with the next errno; 0 lets the call through. */
    private static SystemCalls withSyncResults(Integer... errnos) {
        Iterator<Integer> results = List.of(errnos).iterator();
        return ReplacedCalls.by((call, arguments) -> {
            int errno = call.equals("fdatasync") ? results.next() : 0;
            if (errno != 0) {
                throw new SystemCallException(errno, call, "fd " + arguments[0]);
            }
            return null;
        });
    }

    @Test
    void failedSyncFailsAllLaterOnes() throws Exception {
        try (CacheMemory memory = Mapping.open(withSyncResults(0, Errno.EIO, 0), file().toString())
                .memory()) {
            memory.sync();
            assertThatThrownBy(memory::sync)
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("EIO");
            assertThatThrownBy(memory::sync)
                    .as("though fdatasync would succeed")
                    .isInstanceOf(CacheMemoryException.class);
        }
    }

    @Test
    void interruptedSyncIsMadeAgain() throws Exception {
        try (CacheMemory memory = Mapping.open(withSyncResults(Errno.EINTR, Errno.EINTR, 0), file().toString())
                .memory()) {
            memory.sync();
        }
    }

    @Test
    void loadsFromFileCutShortFail() throws Exception {
        Path path = file();
        try (CacheMemory memory = MappedMemory.open(path.toString())) {
            ByteBuffer direct = ByteBuffer.allocateDirect(8192);
            resize(path, 8192);
            memory.copyOut(0, direct, 0, 8192);
            assertThatThrownBy(() -> memory.copyOut(4096, direct, 0, 8192))
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("cut short");
            assertThatThrownBy(() -> memory.copyOut(8192, ByteBuffer.allocate(8), 0, 8))
                    .isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(() -> memory.checksum(500_000, 8)).isInstanceOf(CacheMemoryException.class);
        }
    }

    @Test
    void syncFailsWhenTheFileWasCutShort() throws Exception {
        Path path = file();
        try (CacheMemory memory = MappedMemory.open(path.toString())) {
            resize(path, 8192);
            assertThatThrownBy(memory::sync)
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("EIO");
        }
    }

    /** The store makes the file longer again: the bytes in between read as zeros. */
    @Test
    void storeToFileCutShortFailsAndEveryLoadAfterIt() throws Exception {
        Path path = file();
        try (CacheMemory memory = MappedMemory.open(path.toString())) {
            ByteBuffer direct = ByteBuffer.allocateDirect(512);
            resize(path, 8192);
            assertThatThrownBy(() -> memory.copyIn(500_000, direct, 0, 512))
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("cut short");
            assertThatThrownBy(() -> memory.copyOut(16384, direct, 0, 512))
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("cut short");
            resize(path, SIZE);
            assertThatThrownBy(() -> memory.copyOut(16384, direct, 0, 512))
                    .as("as long as it was")
                    .isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(memory::sync).isInstanceOf(CacheMemoryException.class);
        }
    }

    @Test
    void fileInMemoryThatGrowsIsAsGoodAsBefore() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(SIZE);
                CacheMemory memory = MappedMemory.open(file.path().toString())) {
            resize(file.path(), 2 * SIZE);
            memory.copyIn(8192, ByteBuffer.allocateDirect(512), 0, 512);
            memory.sync();
        }
    }

    @Test
    void faultsInTheMappingDoNotEndTheProcess() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(SIZE)) {
            assertThat(ChildJvm.run(
                            FaultingProcess.class, directory, file.path().toString()))
                    .contains("faults seen: true")
                    .contains("copies that returned: 0");
        }
    }

    /**
     * Uses a mapping after its file was cut short, until the code has been compiled. On JDK 17, the JVM's own errors
     * reach the thread late, so a thread of its own takes them; but no copy returns as if it had succeeded.
     */
    static final class FaultingProcess {
        private static final int ROUNDS = 30_000;
        private static volatile boolean faultSeen;
        private static volatile long sink;
        private static int returned;

        private static void access(Runnable access, boolean copies) {
            for (int i = 0; i < ROUNDS; i++) {
                try {
                    access.run();
                    returned += copies ? 1 : 0;
                } catch (CacheMemoryException | InternalError e) {
                    faultSeen = true;
                }
            }
        }

        public static void main(String[] arguments) throws Exception {
            CacheMemory memory = MappedMemory.open(arguments[0]);
            resize(Path.of(arguments[0]), 0);
            ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
            List<Runnable> accesses = List.of(
                    () -> sink += memory.getLong(40_000),
                    () -> memory.copyOut(40_000, buffer, 0, 4096),
                    () -> memory.copyIn(40_000, buffer, 0, 4096),
                    () -> sink += memory.checksum(40_000, 4096));
            for (int i = 0; i < accesses.size(); i++) {
                int number = i;
                Thread thread = new Thread(() -> access(accesses.get(number), number > 0));
                thread.setUncaughtExceptionHandler((t, e) -> faultSeen |= e instanceof InternalError);
                thread.start();
                thread.join();
            }
            System.out.println("faults seen: " + faultSeen + "; copies that returned: " + returned);
        }
    }
}
