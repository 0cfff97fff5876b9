package io.pcache.media;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * The checksum of the media format: the CRC-32C register (Castagnoli, reflected), preset to {@code 0x0003B15A}, without
 * the usual inversion of the preset or of the result.
 *
 * <p>{@link CRC32C} has the same register, preset to all ones and inverted at the end, and the JVM computes it with the
 * processor's instructions. So the seed is reached by feeding four bytes first that drive the register from all ones to
 * the seed, and the result is inverted once more.
 *
 * <p>Not thread-safe: one instance per thread. Allocation-free.
 */
public final class Checksum {
    /** What the register holds before the first byte: the format's constant. */
    public static final int SEED = 0x0003B15A;

    private static final int POLYNOMIAL_REFLECTED = 0x82F63B78;
    private static final byte[] PREFIX = bytesThatLeadTo(SEED);

    private final CRC32C crc = new CRC32C();

    /**
     * The checksum of {@code length} bytes from {@code index}, both absolute. The buffer's position and limit are moved
     * meanwhile and put back, so no other thread may use this buffer object at the same time (a duplicate of it may be
     * used).
     *
     * @throws IndexOutOfBoundsException if the range is not inside the buffer's capacity
     */
    public int of(ByteBuffer buffer, int index, int length) {
        begin();
        update(buffer, index, length);
        return value();
    }

    /** Starts a checksum that is fed in pieces. */
    public void begin() {
        crc.reset();
        crc.update(PREFIX, 0, PREFIX.length);
    }

    /** Feeds the next piece; same rules as {@link #of}. */
    public void update(ByteBuffer buffer, int index, int length) {
        int position = buffer.position();
        int limit = buffer.limit();
        Objects.checkFromIndexSize(index, length, buffer.capacity());
        try {
            buffer.limit(index + length).position(index);
            crc.update(buffer);
        } finally {
            buffer.limit(limit).position(position);
        }
    }

    /** The checksum of what was fed since {@link #begin}. */
    public int value() {
        return ~(int) crc.getValue();
    }

    /**
     * Four bytes take the register from {@code r} to {@code shift32(r ^ bytes)}; so the bytes are all ones exclusive-or
     * the value that 32 shifts turn into the target.
     */
    private static byte[] bytesThatLeadTo(int target) {
        int register = target;
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            // The polynomial has its top bit set, so the top bit tells whether the shift that led here added it.
            register = register < 0 ? ((register ^ POLYNOMIAL_REFLECTED) << 1) | 1 : register << 1;
        }
        int bytes = ~register;
        return new byte[] {(byte) bytes, (byte) (bytes >>> 8), (byte) (bytes >>> 16), (byte) (bytes >>> 24)};
    }
}
