package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pcache.media.Checksum;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadOnlyMemoryTest {
    @TempDir
    Path directory;

    private final byte[] content = new byte[200_000];
    private Path file;

    @BeforeEach
    void writeFile() throws Exception {
        new Random(3).nextBytes(content);
        file = Files.write(directory.resolve("cache.img"), content);
    }

    private static void assertBusy(ThrowingCallable action) {
        assertThatThrownBy(action)
                .asInstanceOf(type(SystemCallException.class))
                .extracting(SystemCallException::errno)
                .isEqualTo(Errno.EBUSY);
    }

    @Test
    void loadsWhatTheFileHolds() throws Exception {
        try (CacheMemory memory = ReadOnlyMemory.open(file.toString())) {
            ByteBuffer expected = ByteBuffer.wrap(content).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            assertThat(memory.size()).isEqualTo(content.length);
            assertThat(memory.getByte(7)).isEqualTo(content[7]);
            assertThat(memory.getInt(1001)).isEqualTo(expected.getInt(1001));
            assertThat(memory.getLong(content.length - 8)).isEqualTo(expected.getLong(content.length - 8));
            assertThat(memory.checksum(11, 150_000)).isEqualTo(new Checksum().of(expected, 11, 150_000));
            ByteBuffer heap = ByteBuffer.allocate(content.length);
            memory.copyOut(0, heap, 0, content.length);
            assertThat(heap.array()).isEqualTo(content);
        }
    }

    @Test
    void readsAFileThatMayNotBeWritten() throws Exception {
        assertThat(file.toFile().setReadOnly()).isTrue();
        try (CacheMemory memory = ReadOnlyMemory.open(file.toString())) {
            assertThat(memory.getByte(0)).isEqualTo(content[0]);
        }
    }

    @Test
    void refusesEveryStore() throws Exception {
        try (CacheMemory memory = ReadOnlyMemory.open(file.toString())) {
            assertThatThrownBy(() -> memory.putInt(0, 1)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> memory.putLong(0, 1)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> memory.zero(0, 8)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> memory.copyIn(0, ByteBuffer.allocate(8), 0, 8))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void letsOtherReadersInAndKeepsWritersOut() throws Exception {
        try (CacheMemory first = ReadOnlyMemory.open(file.toString());
                CacheMemory second = ReadOnlyMemory.open(file.toString())) {
            assertThat(first.getByte(3)).isEqualTo(second.getByte(3));
            assertBusy(() -> MappedMemory.open(file.toString()));
        }
        MappedMemory.open(file.toString()).close();
    }

    @Test
    void isKeptOutByAWriter() throws Exception {
        try (CacheMemory writer = MappedMemory.open(file.toString())) {
            assertBusy(() -> ReadOnlyMemory.open(file.toString()));
            assertThat(writer.size()).isEqualTo(content.length);
        }
        ReadOnlyMemory.open(file.toString()).close();
    }

    @Test
    void reportsAFileThatWasCutShort() throws Exception {
        try (CacheMemory memory = ReadOnlyMemory.open(file.toString())) {
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                access.setLength(4096);
            }
            assertThatThrownBy(() -> memory.getLong(8192))
                    .isInstanceOf(CacheMemoryException.class)
                    .hasMessageContaining("cut short");
            assertThatThrownBy(() -> memory.getLong(content.length)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
