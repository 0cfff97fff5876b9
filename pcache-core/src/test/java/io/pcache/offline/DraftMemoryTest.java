package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.memory.CacheMemory;
import io.pcache.memory.ReadOnlyMemory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DraftMemoryTest {
    private static final int SIZE = 50_000;

    @TempDir
    Path directory;

    private final byte[] content = new byte[SIZE];

    private DraftMemory draft() throws Exception {
        new Random(5).nextBytes(content);
        return new DraftMemory(ReadOnlyMemory.open(
                Files.write(directory.resolve("device"), content).toString()));
    }

    private static byte[] read(CacheMemory memory, int offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        memory.copyOut(offset, buffer, 0, length);
        return buffer.array();
    }

    @Test
    void keepsStoresInFrontOfTheDevice() throws Exception {
        DraftMemory draft = draft();
        byte[] expected = content.clone();
        Random random = new Random(6);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[1 + random.nextInt(9000)];
            random.nextBytes(bytes);
            int at = random.nextInt(SIZE - bytes.length);
            draft.copyIn(at, ByteBuffer.wrap(bytes), 0, bytes.length);
            System.arraycopy(bytes, 0, expected, at, bytes.length);
            int from = random.nextInt(SIZE - 5000);
            assertThat(read(draft, from, 5000)).isEqualTo(java.util.Arrays.copyOfRange(expected, from, from + 5000));
        }
        assertThat(read(draft, 0, SIZE)).isEqualTo(expected);
        assertThat(directory.resolve("device")).hasBinaryContent(content);
    }

    @Test
    void tellsWhatWasStored() throws Exception {
        DraftMemory draft = draft();
        draft.putLong(8190, 1);
        draft.putInt(8198, 2);
        draft.zero(20_000, 3);
        List<Long> edges = new ArrayList<>();
        draft.changes().forEach((start, end) -> edges.addAll(List.of(start, end)));
        assertThat(edges).containsExactly(8190L, 8202L, 20_000L, 20_003L);
    }

    @Test
    void readsWhatTheDeviceFailsToReadAsOnesAndRemembersIt() throws Exception {
        DraftMemory draft = draft();
        try (java.io.RandomAccessFile file =
                new java.io.RandomAccessFile(directory.resolve("device").toFile(), "rw")) {
            file.setLength(10_240);
        }
        assertThat(read(draft, 10_000, 240)).isEqualTo(java.util.Arrays.copyOfRange(content, 10_000, 10_240));
        byte[] across = read(draft, 10_230, 20);
        assertThat(across).startsWith(content[10_230], content[10_231]).endsWith((byte) 0xFF, (byte) 0xFF);
        assertThat(draft.isUnreadable(10_240, 1)).isTrue();
        assertThat(draft.isUnreadable(9_000, 1_240)).isFalse();
    }

    @Test
    void writesWholePagesWhereTheDeviceCannotBeRead() throws Exception {
        DraftMemory draft = draft();
        try (java.io.RandomAccessFile file =
                new java.io.RandomAccessFile(directory.resolve("device").toFile(), "rw")) {
            file.setLength(10_240);
        }
        draft.putLong(12_300, 7);
        List<Long> edges = new ArrayList<>();
        draft.changes().forEach((start, end) -> edges.addAll(List.of(start, end)));
        assertThat(edges).containsExactly(12_288L, 16_384L);
    }

    @Test
    void checksRanges() throws Exception {
        DraftMemory draft = draft();
        assertThatThrownBy(() -> draft.getLong(SIZE - 7)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> draft.putLong(SIZE - 7, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
