package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCalls;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The copies of {@link DaxMemory}, on an ordinary file's pages in place of persistent memory: what libpmem does is the same. */
class DaxMemoryTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path directory;

    private CacheMemory memory;

    @BeforeEach
    void open() throws Exception {
        Optional<PersistentMemoryLibrary> library = PersistentMemoryLibrary.load();
        assumeTrue(library.isPresent(), "needs libpmem (Debian package libpmem1)");
        Path path = directory.resolve("cache.img");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        memory = new DaxMemory(Mapping.open(SystemCalls.linux(), path.toString()), library.get());
    }

    @AfterEach
    void close() {
        if (memory != null) {
            memory.close();
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
}
