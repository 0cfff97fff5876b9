package io.pcache.nbd;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import java.nio.ByteBuffer;

/**
 * Up to 128 KiB of a command, or a whole command without data. A piece is what the request queue gets, and what carries
 * a reply. Reused; {@link PiecePool} makes pieces and gives them out.
 */
final class Piece extends Request implements RequestData {
    /** Half a buffer, so that a connection's home always has room for one piece. */
    static final int MAX_BYTES = PageBuffer.BYTES / 2;

    private final Connection connection;
    /** The head of a reply; nothing remains in the head where no head is to be sent. */
    final ByteBuffer head;

    NbdCommand command;
    /** The buffer of the data; null without data. */
    PageBuffer buffer;

    int firstPage;
    int bytes;
    /**
     * A window on the data. The position says how much the client has sent, or how much has been sent to the client.
     * Null without data.
     */
    ByteBuffer window;

    /**
     * The next piece of the same list. A piece is in one list at a time: a command's pieces, replies to send, or pieces
     * to submit once more.
     */
    Piece next;

    Piece(Connection connection, ByteBuffer head) {
        this.connection = connection;
        this.head = head;
    }

    boolean isOf(Connection owner) {
        return connection == owner;
    }

    void begin(PageBuffer buffer, int firstPage, int bytes) {
        this.buffer = buffer;
        this.firstPage = firstPage;
        this.bytes = bytes;
        window = buffer.view(firstPage).clear().limit(bytes);
    }

    void begin() {
        buffer = null;
        bytes = 0;
        window = null;
    }

    @Override
    protected void completed(int result) {
        connection.completed(this, result);
    }

    @Override
    public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
        memory.copyIn(cacheOffset, buffer.memory, indexOf(from), length);
    }

    @Override
    public int toCacheChecked(CacheMemory memory, long cacheOffset, int from, int length, Checksum checksum) {
        memory.copyIn(cacheOffset, buffer.memory, indexOf(from), length);
        return checksum.of(buffer.memory, indexOf(from), length);
    }

    @Override
    public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
        memory.copyOut(cacheOffset, buffer.memory, indexOf(from), length);
    }

    @Override
    public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
        buffer.memory.put(indexOf(from), source, sourceIndex, length);
    }

    private int indexOf(int from) {
        return firstPage * PageBuffer.PAGE_BYTES + from;
    }
}
