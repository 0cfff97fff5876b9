package io.pcache.media;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * The checksum of the media format: the CRC-32C register (Castagnoli, reflected), preset to {@code 0x0003B15A}, without
 * the usual inversion of the preset or of the result.
 *
 * <p>{@link CRC32C} has the same register, but presets it to all ones and inverts the result. The JVM computes CRC32C
 * with the processor's instructions. So this class feeds four bytes first, which drive the register from all ones to
 * the seed, and inverts the result once more.
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
     * The checksum of {@code length} bytes from {@code index}, both absolute. The call moves the buffer's position and
     * limit, and puts them back. So no other thread may use this buffer object at the same time; another thread may use
     * a duplicate of the buffer.
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

    /** Feeds the next piece; the rules of {@link #of} apply. */
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

    /** The checksum of all bytes fed since {@link #begin}. */
    public int value() {
        return ~(int) crc.getValue();
    }

    /**
     * Four bytes take the register from {@code r} to {@code shift32(r ^ bytes)}. The register starts with all ones. So
     * the bytes are all ones, exclusive-or the value that 32 shifts turn into the target.
     */
    private static byte[] bytesThatLeadTo(int target) {
        int register = target;
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            // The polynomial's top bit is set, so the register's top bit tells whether the last shift has added the
            // polynomial.
            register = register < 0 ? ((register ^ POLYNOMIAL_REFLECTED) << 1) | 1 : register << 1;
        }
        int bytes = ~register;
        return new byte[] {(byte) bytes, (byte) (bytes >>> 8), (byte) (bytes >>> 16), (byte) (bytes >>> 24)};
    }
}
