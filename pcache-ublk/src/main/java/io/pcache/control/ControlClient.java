package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A connection to a target's control socket. For one thread. */
public final class ControlClient implements AutoCloseable {
    /** Version of the protocol that this client speaks. */
    public static final int VERSION = 1;

    private final SocketChannel channel;
    private byte[] received = new byte[4096];
    private int receivedBytes;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
    }

    /** @throws ControlException ENXIO when no target listens there (it is gone, or never was) */
    public static ControlClient connect(Path socket) throws ControlException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new ControlClient(channel);
        } catch (IOException e) {
            closeQuietly(channel);
            if (e instanceof SocketException && e.getMessage() != null && e.getMessage().startsWith("Permission denied")) {
                throw new ControlException(Errno.EACCES, e, "pcache: " + socket + ": permission denied (-EACCES)");
            }
            throw new ControlException(Errno.ENXIO, e);
        }
    }

    /** One request on a connection of its own. */
    public static JsonObject call(Path socket, JsonObject request) throws ControlException {
        try (ControlClient client = connect(socket)) {
            return client.call(request);
        }
    }

    /** A request without members yet. */
    public static JsonObject request(Command command) {
        return new JsonObject().put("v", VERSION).put("cmd", command.wireName());
    }

    /** As {@link #call(JsonObject, long)} without a limit of time. */
    public JsonObject call(JsonObject request) throws ControlException {
        return call(request, 0);
    }

    /**
     * Sends a request and waits for its reply.
     *
     * @param timeoutMs longest wait for the reply; 0 waits for ever
     * @return the reply's members, of a reply that is ok
     * @throws ControlException the target's errno and reasons; ENXIO when it went away; ETIMEDOUT, after which the
     *                          connection must be closed
     */
    public JsonObject call(JsonObject request, long timeoutMs) throws ControlException {
        JsonObject reply;
        try {
            send(JsonCodec.frame(request));
            reply = receive(timeoutMs);
        } catch (TimedOut e) {
            throw new ControlException(Errno.ETIMEDOUT, "pcache: no answer within " + timeoutMs + " ms (-ETIMEDOUT)");
        } catch (MalformedReply e) {
            throw new ControlException(Errno.EIO, e, "pcache: the target's answer is not understood: " + e.getMessage());
        } catch (IOException e) {
            // Reset or end of stream: the target ended with the request under way.
            throw new ControlException(Errno.ENXIO, e);
        }
        return checked(reply);
    }

    private static JsonObject checked(JsonObject reply) throws ControlException {
        try {
            if (reply.flag("ok")) {
                return reply;
            }
            int errno = (int) reply.number("errno", Errno.EIO);
            List<String> reasons = reply.strings("reasons");
            throw new ControlException(errno, reasons);
        } catch (IllegalArgumentException e) {
            throw new ControlException(Errno.EIO, e, "pcache: the target's answer is not understood: " + e.getMessage());
        }
    }

    /** Waits until the target closes the connection, which after a removal means that its process has ended. */
    void awaitClose(long timeoutMs) {
        try {
            receive(timeoutMs);
        } catch (IOException e) {
            // The end of the stream is what was waited for; the others leave nothing to do either.
            return;
        }
    }

    private void send(byte[] frame) throws IOException {
        channel.configureBlocking(true);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private JsonObject receive(long timeoutMs) throws IOException {
        if (timeoutMs == 0) {
            return receive(null, 0);
        }
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            return receive(selector, System.nanoTime() + timeoutMs * 1_000_000);
        }
    }

    private JsonObject receive(Selector selector, long deadline) throws IOException {
        int searched = 0;
        while (true) {
            for (; searched < receivedBytes; searched++) {
                if (received[searched] == '\n') {
                    return takeFrame(searched);
                }
            }
            if (receivedBytes == received.length) {
                if (receivedBytes >= JsonCodec.MAX_FRAME_BYTES) {
                    throw new MalformedReply("longer than " + JsonCodec.MAX_FRAME_BYTES + " bytes");
                }
                received = Arrays.copyOf(received, received.length * 2);
            }
            if (selector != null) {
                awaitReadable(selector, deadline);
            }
            int count = channel.read(ByteBuffer.wrap(received, receivedBytes, received.length - receivedBytes));
            if (count < 0) {
                throw new EOFException();
            }
            receivedBytes += count;
        }
    }

    private static void awaitReadable(Selector selector, long deadline) throws IOException {
        long leftMs = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0 || selector.select(leftMs) == 0) {
            throw new TimedOut();
        }
        selector.selectedKeys().clear();
    }

    private JsonObject takeFrame(int newline) throws MalformedReply {
        try {
            return JsonCodec.read(received, 0, newline);
        } catch (IOException e) {
            throw new MalformedReply(e.getMessage());
        } finally {
            receivedBytes -= newline + 1;
            System.arraycopy(received, newline + 1, received, 0, receivedBytes);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing was waiting for this connection any more.
            return;
        }
    }

    private static final class TimedOut extends IOException {
    }

    private static final class MalformedReply extends IOException {
        MalformedReply(String message) {
            super(message);
        }
    }
}
