package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A connection to a target's control socket. For one thread. */
public final class ControlClient implements AutoCloseable {
    /** Version of the protocol that this client speaks. */
    public static final int VERSION = 1;

    /**
     * The time for a place in the backlog of a busy server, and for the server's answer where no other time is given.
     */
    private static final long CONNECT_TIMEOUT_MS = 10_000;

    private static final long CONNECT_RETRY_MS = 5;
    /**
     * How long a reply is looked for again and again. Most replies are there sooner than a selector could be opened,
     * which costs a tenth of a command.
     */
    private static final long QUICK_REPLY_NANOS = 20_000_000;

    private static final long QUICK_PAUSE_NANOS = 50_000;

    private final SocketChannel channel;
    private Selector selector;
    private long quickEnd;
    private byte[] received = new byte[4096];
    private int receivedBytes;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
    }

    /** As {@link #connect(Path, long)} with 10 s. */
    public static ControlClient connect(Path socket) throws ControlException {
        return connect(socket, CONNECT_TIMEOUT_MS);
    }

    /**
     * @throws ControlException ENXIO when no target listens there (the target is gone, or never was), ETIMEDOUT when
     *     the target takes no connection
     */
    public static ControlClient connect(Path socket, long timeoutMs) throws ControlException {
        long deadline = System.nanoTime() + timeoutMs * 1_000_000;
        while (true) {
            SocketChannel channel = null;
            try {
                channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                // A blocking connect to a full backlog would wait for ever.
                channel.configureBlocking(false);
                if (channel.connect(UnixDomainSocketAddress.of(socket))) {
                    return new ControlClient(channel);
                }
                channel.close();
            } catch (IOException e) {
                closeQuietly(channel);
                // In whatever language the system's messages are. The other reason is a full backlog, which may have
                // room in a moment.
                if (e instanceof ConnectException || !(e instanceof SocketException) || Files.notExists(socket)) {
                    throw new ControlException(Errno.ENXIO, e);
                }
                if (!Files.isWritable(socket)) {
                    throw new ControlException(Errno.EACCES, e, "pcache: " + socket + ": permission denied (-EACCES)");
                }
            }
            if (System.nanoTime() - deadline >= 0) {
                throw noAnswer(timeoutMs);
            }
            pause();
        }
    }

    private static void pause() throws ControlException {
        try {
            Thread.sleep(CONNECT_RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException(Errno.EINTR, e);
        }
    }

    private static ControlException noAnswer(long timeoutMs) {
        return new ControlException(Errno.ETIMEDOUT, "pcache: no answer within " + timeoutMs + " ms (-ETIMEDOUT)");
    }

    /** A request, without members at first. */
    public static JsonObject request(ControlCommand command) {
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
     * @throws ControlException the target's errno and reasons; ENXIO when it went away; ETIMEDOUT, and EINTR when the
     *     thread is interrupted, after which the connection must be closed
     */
    public JsonObject call(JsonObject request, long timeoutMs) throws ControlException {
        long limitMs = timeoutMs == 0 ? Long.MAX_VALUE / 1_000_000 : timeoutMs;
        long end = System.nanoTime() + limitMs * 1_000_000;
        JsonObject reply = send(request, limitMs) ? reply((end - System.nanoTime()) / 1_000_000) : null;
        if (reply == null) {
            throw noAnswer(timeoutMs);
        }
        return reply;
    }

    /**
     * Sends a request; {@link #reply} waits for the reply.
     *
     * @return false when the target did not take the request in time, after which the connection must be closed
     */
    boolean send(JsonObject request, long timeoutMs) throws ControlException {
        try {
            send(JsonCodec.frame(request), System.nanoTime() + timeoutMs * 1_000_000);
            return true;
        } catch (TimedOut e) {
            return false;
        } catch (InterruptedIOException e) {
            throw new ControlException(Errno.EINTR, e);
        } catch (IOException e) {
            throw new ControlException(Errno.ENXIO, e);
        }
    }

    /**
     * Waits for the reply to the request that was sent.
     *
     * @return null when no reply has come in time; the reply may be waited for again
     * @throws ControlException as {@link #call(JsonObject, long)}
     */
    JsonObject reply(long timeoutMs) throws ControlException {
        try {
            return checked(receive(System.nanoTime() + timeoutMs * 1_000_000));
        } catch (TimedOut e) {
            return null;
        } catch (MalformedReply e) {
            throw new ControlException(
                    Errno.EIO, e, "pcache: the target's answer is not understood: " + e.getMessage());
        } catch (InterruptedIOException e) {
            throw new ControlException(Errno.EINTR, e);
        } catch (IOException e) {
            // Reset, or end of stream: the target ended with the request under way.
            throw new ControlException(Errno.ENXIO, e);
        }
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
            throw new ControlException(
                    Errno.EIO, e, "pcache: the target's answer is not understood: " + e.getMessage());
        }
    }

    /**
     * Waits until the target closes the connection. After a removal, the end of the connection means that the process
     * has ended.
     */
    void awaitClose(long timeoutMs) {
        try {
            receive(System.nanoTime() + timeoutMs * 1_000_000);
        } catch (IOException e) {
            // The end of the stream is what this method waits for; after other failures there is nothing left to do
            // either.
            return;
        }
    }

    private void send(byte[] frame, long deadline) throws IOException {
        quickEnd = System.nanoTime() + QUICK_REPLY_NANOS;
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        while (true) {
            channel.write(bytes);
            if (!bytes.hasRemaining()) {
                return;
            }
            await(SelectionKey.OP_WRITE, deadline);
        }
    }

    private JsonObject receive(long deadline) throws IOException {
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
            int count = channel.read(ByteBuffer.wrap(received, receivedBytes, received.length - receivedBytes));
            if (count < 0) {
                throw new EOFException();
            }
            if (count == 0) {
                await(SelectionKey.OP_READ, deadline);
            }
            receivedBytes += count;
        }
    }

    private void await(int operation, long deadline) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            // Neither the pause nor the selector waits then: a caller that waits for long would spin.
            throw new InterruptedIOException();
        }
        long now = System.nanoTime();
        if (selector == null && now - quickEnd < 0 && now - deadline < 0) {
            LockSupport.parkNanos(QUICK_PAUSE_NANOS);
            return;
        }
        if (selector == null) {
            selector = Selector.open();
            channel.register(selector, operation);
        }
        channel.keyFor(selector).interestOps(operation);
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
        // The channel's descriptor stays open until its selector lets go of the channel.
        closeQuietly(selector);
    }

    private static void closeQuietly(Closeable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (IOException e) {
            // Nothing waits for this connection any more.
            return;
        }
    }

    private static final class TimedOut extends IOException {}

    private static final class MalformedReply extends IOException {
        MalformedReply(String message) {
            super(message);
        }
    }
}
