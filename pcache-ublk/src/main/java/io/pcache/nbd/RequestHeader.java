package io.pcache.nbd;

import java.nio.ByteBuffer;

/**
 * The head of a command, as a client sends it. The payload of a WRITE follows.
 *
 * <pre>
 *   0       4       6      8        16       24       28
 *   +-------+-------+------+--------+--------+--------+
 *   | magic | flags | type | cookie | offset | length |
 *   +-------+-------+------+--------+--------+--------+
 * </pre>
 */
final class RequestHeader {
    static final int MAGIC_VALUE = 0x25609513;

    static final int MAGIC = 0;
    static final int FLAGS = MAGIC + Integer.BYTES;
    static final int TYPE = FLAGS + Short.BYTES;
    static final int COOKIE = TYPE + Short.BYTES;
    static final int OFFSET = COOKIE + Long.BYTES;
    static final int LENGTH = OFFSET + Long.BYTES;
    static final int SIZE = LENGTH + Integer.BYTES;

    private RequestHeader() {}

    static int flags(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at + FLAGS));
    }

    static int type(ByteBuffer buffer, int at) {
        return Short.toUnsignedInt(buffer.getShort(at + TYPE));
    }

    /** The offset; negative when the client sent more than 2^63 - 1. */
    static long offset(ByteBuffer buffer, int at) {
        return buffer.getLong(at + OFFSET);
    }

    static long length(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at + LENGTH));
    }
}
