package io.pcache.nbd;

import java.util.ArrayDeque;

/**
 * All memory for clients' data. Each connection is sure of one buffer, its home; the other buffers are for the
 * connections that need more at the moment. So no connection ever waits for memory of another connection. Safe for use
 * by any thread; the lock covers a few instructions, or the allocation of a buffer that is used for the first time.
 */
final class PageBufferPool {
    private final ArrayDeque<PageBuffer> free = new ArrayDeque<>();
    private int spare;

    /** @param buffers the number of all buffers; at least one for each connection */
    PageBufferPool(int buffers, int connections) {
        spare = buffers - connections;
    }

    /**
     * A connection's own buffer; null when the process cannot have the memory. The caller takes no more homes than
     * there are connections.
     */
    synchronized PageBuffer takeHome() {
        return takeOrAllocate();
    }

    synchronized void giveHome(PageBuffer buffer) {
        buffer.giveAll();
        free.push(buffer);
    }

    /** A further buffer; null when no buffer is free at the moment. */
    synchronized PageBuffer takeSpare() {
        if (spare == 0) {
            return null;
        }
        PageBuffer buffer = takeOrAllocate();
        if (buffer != null) {
            spare--;
        }
        return buffer;
    }

    synchronized void giveSpare(PageBuffer buffer) {
        spare++;
        giveHome(buffer);
    }

    private PageBuffer takeOrAllocate() {
        PageBuffer buffer = free.poll();
        if (buffer != null) {
            return buffer;
        }
        try {
            return new PageBuffer();
        } catch (OutOfMemoryError e) {
            // -XX:MaxDirectMemorySize is less than the settings allow: serve with the memory there is.
            return null;
        }
    }
}
