package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The copies of {@link DaxMemory}, on the pages of an ordinary file in place of persistent memory: libpmem does the
 * same there.
 */
@ParameterizedClass
@EnumSource
class DaxMemoryTest {
    /** The way in which bytes are loaded. */
    enum Loads {
        PROCESSOR,
        FILE,
        KERNEL_COPY
    }

    private static final int SIZE = 1 << 20;

    @TempDir
    Path directory;

    @Parameter
    Loads loads;

    private Path path;
    private KernelCopy copy;
    private CacheMemory memory;

    @BeforeEach
    void open() throws Exception {
        Optional<PersistentMemoryLibrary> library = PersistentMemoryLibrary.load();
        assumeTrue(library.isPresent(), "needs libpmem (Debian package libpmem1)");
        path = directory.resolve("cache.img");
        SharedMemoryFile.resize(path, SIZE);
        Mapping mapping = Mapping.open(SystemCalls.linux(), path.toString());
        copy = new KernelCopy(SystemCalls.linux());
        memory = new DaxMemory(
                mapping,
                library.get(),
                switch (loads) {
                    case PROCESSOR -> null;
                    case FILE -> mapping.file()::read;
                    case KERNEL_COPY -> copy.of(mapping.path(), mapping.address());
                });
    }

    @AfterEach
    void close() {
        if (memory != null) {
            memory.close();
            copy.close();
        }
    }

    @Test
    void copiesFromAnyAlignmentToAnyAlignment() {
        byte[] bytes = new byte[10_000];
        new Random(5).nextBytes(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
        ByteBuffer out = ByteBuffer.allocate(bytes.length);
        for (int length : new int[] {1, 8, 24, 63, 64, 65, 511, 4096, 9000}) {
            for (int from = 0; from < 9; from++) {
                for (ByteBuffer source : new ByteBuffer[] {direct, ByteBuffer.wrap(bytes)}) {
                    long to = 20_470 + 3 * from;
                    memory.zero(20_000, 12_000);
                    memory.copyIn(to, source, from, length);
                    memory.drain();
                    memory.copyOut(to - 1, out, 0, length + 2);
                    assertThat(out.slice(1, length)).isEqualTo(ByteBuffer.wrap(bytes, from, length));
                    assertThat(out.get(0)).as("byte before").isZero();
                    assertThat(out.get(length + 1)).as("byte behind").isZero();
                }
            }
        }
    }

    @Test
    void rejectsRangesThatTheLibraryWouldNotCheck() {
        ByteBuffer source = ByteBuffer.allocateDirect(100).limit(50);
        assertThatThrownBy(() -> memory.copyIn(0, source, 45, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.copyIn(0, source, -1, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.copyIn(SIZE - 5, source, 0, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.writeBack(SIZE - 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.zero(-1, 6)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void needsNoSystemCallToBeDurable() {
        assertThat(memory.syncIsSlow()).isFalse();
        assertThat(memory.describe()).contains("cache-line write-back");
        memory.putLong(4096, 1);
        memory.writeBack(4096, 8);
        memory.drain();
        memory.sync();
        assertThat(memory.getLong(4096)).isEqualTo(1);
    }

    @Test
    void preparesWithoutChangingAnything() {
        memory.putLong(4096, 42);
        memory.prepare(0, SIZE);
        memory.prepare(4099, 1);
        memory.prepare(SIZE, 0);
        assertThat(memory.getLong(4096)).isEqualTo(42);
        assertThat(memory.getLong(SIZE - 8)).isZero();
        assertThatThrownBy(() -> memory.prepare(SIZE - 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void tellsOfPagesThatAreNotThereBeforeAStoreMeetsThem() throws Exception {
        SharedMemoryFile.resize(path, SIZE / 2);
        memory.prepare(0, SIZE / 2);
        assertThatThrownBy(() -> memory.prepare(SIZE / 2 - 1, 2))
                .isInstanceOf(CacheMemoryException.class)
                .hasMessageContaining("load at " + SIZE / 2 + " failed");
        assertThatThrownBy(() -> memory.prepare(SIZE - 4096, 4096))
                .isInstanceOf(CacheMemoryException.class)
                .hasMessageContaining("cut short");
        assertThatThrownBy(() -> memory.prepare(0, SIZE)).isInstanceOf(CacheMemoryException.class);
    }

    @Test
    void failsLoadsOfPagesThatAreNotThereBeforeAnyoneUsesTheBytes() throws Exception {
        assumeTrue(
                loads != Loads.PROCESSOR || !MappedMemory.FAULTS_COME_LATE,
                "needs a JVM that tells of such a load at once");
        ByteBuffer direct = ByteBuffer.allocateDirect(8192);
        SharedMemoryFile.resize(path, 8192);
        memory.copyOut(0, direct, 0, 8192);
        assertThatThrownBy(() -> memory.copyOut(4096, direct, 0, 8192)).isInstanceOf(CacheMemoryException.class);
        assertThatThrownBy(() -> memory.copyOut(8192, ByteBuffer.allocate(8), 0, 8))
                .isInstanceOf(CacheMemoryException.class);
        assertThatThrownBy(() -> memory.checksum(500_000, 8)).isInstanceOf(CacheMemoryException.class);
        if (loads != Loads.PROCESSOR) {
            assertThatThrownBy(() -> memory.getLong(8192)).isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(() -> memory.getByte(SIZE - 1)).isInstanceOf(CacheMemoryException.class);
        }
    }
}
