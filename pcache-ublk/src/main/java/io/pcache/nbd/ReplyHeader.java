package io.pcache.nbd;

import java.nio.ByteBuffer;

/**
 * The heads of replies. Each method fills a buffer from 0 and leaves it ready to be sent.
 *
 * <pre>
 *   simple reply                     structured reply chunk, then its payload
 *   0       4       8        16      0       4       6      8        16       20
 *   +-------+-------+--------+       +-------+-------+------+--------+--------+
 *   | magic | error | cookie |       | magic | flags | type | cookie | length |
 *   +-------+-------+--------+       +-------+-------+------+--------+--------+
 * </pre>
 */
final class ReplyHeader {
    static final int SIMPLE_MAGIC = 0x67446698;
    static final int CHUNK_MAGIC = 0x668e33ef;
    static final int CHUNK_SIZE = 20;

    private static final int DATA_PAYLOAD = Long.BYTES;
    private static final int ERROR_PAYLOAD = Integer.BYTES + Short.BYTES;
    private static final int STATUS_PAYLOAD = 3 * Integer.BYTES;

    /** Room for every kind of head with the fixed part of its payload. */
    static final int MAX_SIZE = CHUNK_SIZE + STATUS_PAYLOAD;

    private ReplyHeader() {}

    /** The answer to a command; after a READ without error, its data follows. */
    static void simple(ByteBuffer head, long cookie, int error) {
        head.clear();
        head.putInt(SIMPLE_MAGIC).putInt(error).putLong(cookie).flip();
    }

    /** The head of a part of a READ's data; the data follows. */
    static void offsetData(ByteBuffer head, long cookie, boolean done, long offset, int length) {
        chunk(head, Protocol.REPLY_OFFSET_DATA, cookie, done, DATA_PAYLOAD + length);
        head.putLong(offset).flip();
    }

    static void error(ByteBuffer head, long cookie, boolean done, int error) {
        chunk(head, Protocol.REPLY_ERROR, cookie, done, ERROR_PAYLOAD);
        int messageBytes = 0;
        head.putInt(error).putShort((short) messageBytes).flip();
    }

    /**
     * One extent that covers the whole range that was asked for. Whether the range is allocated, or zero, is not known:
     * the protocol's word for that is 0.
     */
    static void undetermined(ByteBuffer head, long cookie, long length) {
        chunk(head, Protocol.REPLY_BLOCK_STATUS, cookie, true, STATUS_PAYLOAD);
        int state = 0;
        head.putInt(Protocol.BASE_ALLOCATION_ID)
                .putInt((int) length)
                .putInt(state)
                .flip();
    }

    private static void chunk(ByteBuffer head, int type, long cookie, boolean done, int length) {
        head.clear();
        head.putInt(CHUNK_MAGIC)
                .putShort((short) (done ? Protocol.REPLY_FLAG_DONE : 0))
                .putShort((short) type);
        head.putLong(cookie).putInt(length);
    }
}
