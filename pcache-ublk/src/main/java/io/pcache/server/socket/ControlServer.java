package io.pcache.server.socket;

import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.listen.ListeningSocket;
import io.pcache.listen.SelectorServer;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;

/**
 * The control socket: one thread, any number of clients, of which a bounded number is looked at. What a client may cost
 * is in {@link Limits}. A client that says nothing, half a request or rubbish, or does not take its reply, is dropped
 * in time, and at once when others need its place. Requests are bounded by {@link JsonCodec#MAX_FRAME_BYTES} each and
 * by {@link Limits#bufferBytes} together.
 */
public final class ControlServer implements AutoCloseable {

    /**
     * @param connections at once; further clients wait in the kernel's backlog
     * @param bufferBytes for incomplete requests of all connections together, beyond a few KiB that each connection is
     *     sure of
     * @param patienceMs for a request to arrive, or a reply to be taken
     * @param undisturbedMs how long a connection may be silent even when others wait for its place
     */
    public record Limits(int connections, int bufferBytes, long patienceMs, long undisturbedMs) {
        public static final Limits DEFAULT = new Limits(512, 8 << 20, 10_000, 500);
    }

    private static final int BACKLOG = 1024;
    private static final int READ_BYTES = 64 << 10;

    private final SelectorServer server;
    private final RequestHandler handler;
    private final Limits limits;
    private final Thread thread;
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
    private int bufferedBytes;

    /**
     * Listens, in place of a predecessor that was killed. {@link #start} begins to serve.
     *
     * @param socket in a folder that is its owner's alone
     */
    public ControlServer(Path socket, RequestHandler handler, Limits limits) throws IOException {
        this.handler = handler;
        this.limits = limits;
        ServerSocketChannel listener = ListeningSocket.unix(socket, BACKLOG);
        try {
            this.server = new SelectorServer(
                    "control connection",
                    listener,
                    new SelectorServer.Limits(limits.connections, limits.patienceMs, limits.undisturbedMs),
                    place -> new ControlConnection(this, place));
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
        this.thread = new Thread(server, "control");
    }

    public void start() {
        thread.start();
    }

    /** Runs the action on the server's thread. From any thread. */
    void post(Runnable action) {
        server.post(action);
    }

    // For connections, on the server's thread

    /** Holds what was read last, until the next read. */
    ByteBuffer readBuffer() {
        return readBuffer.clear();
    }

    /** @return false when all connections together hold too much */
    boolean reserve(int bytes) {
        if (bytes > limits.bufferBytes - bufferedBytes) {
            return false;
        }
        bufferedBytes += bytes;
        return true;
    }

    void release(int bytes) {
        bufferedBytes -= bytes;
    }

    /**
     * @param left whether the client has ended its sending half; a client that has said that it attends to the request
     *     is gone then
     */
    void request(byte[] bytes, int length, RequestHandler.Exchange exchange, boolean left) {
        JsonObject request;
        try {
            request = JsonCodec.read(bytes, 0, length);
        } catch (IOException e) {
            exchange.reply(ControlCommands.failure(
                    new ControlException(Errno.EINVAL, "pcache: " + e.getMessage() + " (-EINVAL)")));
            return;
        }
        if (left && request.has("attended")) {
            exchange.cancellation().request();
        }
        handler.handle(request, exchange);
    }

    /** Stops serving; connections are cut. Does not wait. */
    @Override
    public void close() {
        server.stop();
    }

    /** Waits for the thread to end, after {@link #close}. */
    void join() throws InterruptedException {
        thread.join();
    }
}
