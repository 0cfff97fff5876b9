package io.pcache.frontend;

import java.io.IOException;

/**
 * A client of a front end, one request at a time. Each call returns when the request has ended. Errors are the Linux
 * errno that the client sees; 0 for none.
 */
public interface FrontEndClient extends AutoCloseable {
    /** What the client is told of the device. */
    record Features(long sizeBytes, int blockBytes, boolean readOnly, boolean discards) {}

    Features features() throws IOException;

    /** @param fua whether the write is to be durable when the call returns */
    int write(long offset, byte[] data, boolean fua) throws IOException;

    /** @param into gets the bytes where the read has no error */
    int read(long offset, byte[] into) throws IOException;

    int flush() throws IOException;

    int zero(long offset, long length) throws IOException;

    int discard(long offset, long length) throws IOException;

    @Override
    void close() throws IOException;
}
