package io.pcache.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    /** A superblock that the Linux driver wrote: crc, flags, magic, seg_num 33, padding. */
    private static final String KERNEL_SUPERBLOCK =
            "9667577c" + "00000000" + "ef96c596fa5eb065" + "21000000" + "00000000";

    private final Checksum checksum = new Checksum();

    @Test
    void agreesWithTheKernelOnASuperblock() {
        ByteBuffer heap = ByteBuffer.wrap(HexFormat.of().parseHex(KERNEL_SUPERBLOCK));
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.capacity()).put(0, heap, 0, heap.capacity());

        int stored = Integer.reverseBytes(heap.getInt(0));
        assertThat(checksum.of(heap, 4, 20)).isEqualTo(stored);
        assertThat(checksum.of(direct, 4, 20)).isEqualTo(stored);
    }

    @Test
    void isTheSeedForNoBytes() {
        assertThat(checksum.of(ByteBuffer.allocate(8), 8, 0)).isEqualTo(Checksum.SEED);
    }

    @Test
    void agreesWithTheDefinitionBitByBit() {
        Random random = new Random(7);
        for (int length : new int[] {1, 3, 4, 7, 8, 63, 64, 4096, 100_003}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertThat(checksum.of(ByteBuffer.wrap(bytes), 0, length))
                    .as("%d bytes", length)
                    .isEqualTo(bitwise(bytes));
        }
    }

    @Test
    void isTheSameInPieces() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
        new Random(8).ints(250).forEach(buffer::putInt);
        buffer.clear();
        checksum.begin();
        checksum.update(buffer, 0, 1);
        checksum.update(buffer, 1, 700);
        checksum.update(buffer, 701, 299);
        assertThat(checksum.value()).isEqualTo(new Checksum().of(buffer, 0, 1000));
    }

    @Test
    void leavesPositionAndLimitAlone() {
        ByteBuffer buffer = ByteBuffer.allocate(100).position(10).limit(20);
        checksum.of(buffer, 30, 40);
        assertThat(buffer.position()).isEqualTo(10);
        assertThat(buffer.limit()).isEqualTo(20);
    }

    @Test
    void rejectsARangeOutsideTheBuffer() {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        assertThatThrownBy(() -> checksum.of(buffer, 90, 11)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> checksum.of(buffer, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static int bitwise(byte[] bytes) {
        int register = Checksum.SEED;
        for (byte b : bytes) {
            register ^= b & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                register = (register >>> 1) ^ ((register & 1) != 0 ? 0x82F63B78 : 0);
            }
        }
        return register;
    }
}
