package io.pcache.server.socket;

import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The control socket: one thread, any number of clients, of which a bounded number is looked at. What a client may cost
 * is in {@link Limits}; one that says nothing, half a request or rubbish, or does not take its reply, is dropped in
 * time, at once when others need its place. Requests are bounded by {@link JsonCodec#MAX_FRAME_BYTES} each and
 * {@link Limits#bufferBytes} together.
 */
public final class ControlServer implements AutoCloseable {

    /**
     * @param connections at once; further clients wait in the kernel's backlog
     * @param bufferBytes for incomplete requests of all connections together, beyond a few KiB that each is sure of
     * @param patienceMs for a request to arrive, or a reply to be taken
     * @param undisturbedMs how long a connection may be silent even when others wait for its place
     */
    public record Limits(int connections, int bufferBytes, long patienceMs, long undisturbedMs) {
        public static final Limits DEFAULT = new Limits(512, 8 << 20, 10_000, 500);
    }

    private static final Logger LOG = System.getLogger(ControlServer.class.getName());
    private static final int BACKLOG = 1024;
    private static final int READ_BYTES = 64 << 10;
    private static final int POSTED_AT_ONCE = 256;

    private final ServerSocketChannel listener;
    private final SelectionKey listenerKey;
    private final Selector selector;
    private final RequestHandler handler;
    private final Limits limits;
    private final Thread thread;
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
    /** Work from other threads. */
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();

    // Owned by the thread. In the order of last activity, the longest silent first.
    private final Set<ControlConnection> connections = new LinkedHashSet<>();
    private int bufferedBytes;
    private volatile boolean closing;

    /**
     * Listens, with a socket file of mode 0600 in a directory that is the owner's alone. {@link #start} begins to
     * serve.
     */
    public ControlServer(Path socket, RequestHandler handler, Limits limits) throws IOException {
        this.handler = handler;
        this.limits = limits;
        this.selector = Selector.open();
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            listener.configureBlocking(false);
            listenerKey = listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            listener.close();
            selector.close();
            throw e;
        }
        this.thread = new Thread(this::serve, "control");
    }

    public void start() {
        thread.start();
    }

    /** Runs the action on the server's thread. From any thread. */
    void post(Runnable action) {
        posted.add(action);
        selector.wakeup();
    }

    private void serve() {
        try {
            while (!closing) {
                selector.select(untilNextDeadlineMs());
                handleReady();
                runPosted();
                dropLate();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the control socket's selector failed", e);
        } finally {
            closeAll();
        }
    }

    /** Not all at once: a client with many requests in its buffer must not keep the others waiting. */
    private void runPosted() {
        for (int i = 0; i < POSTED_AT_ONCE; i++) {
            Runnable action = posted.poll();
            if (action == null) {
                return;
            }
            action.run();
        }
        selector.wakeup();
    }

    private void handleReady() {
        Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            SelectionKey key = keys.next();
            keys.remove();
            if (!key.isValid()) {
                continue;
            }
            if (key == listenerKey) {
                accept();
            } else {
                ((ControlConnection) key.attachment()).ready();
            }
        }
    }

    private void accept() {
        while (connections.size() < limits.connections || dropSilent()) {
            try {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                connections.add(new ControlConnection(this, channel, selector));
            } catch (IOException e) {
                // Out of descriptors, most likely: somebody's place is worth more than a newcomer's. Without one to
                // give, wait for one to end.
                LOG.log(Level.WARNING, "cannot accept a control connection: " + e.getMessage());
                if (!dropSilent()) {
                    listenerKey.interestOps(0);
                    return;
                }
            }
        }
        listenerKey.interestOps(0);
    }

    /** Makes room by dropping the connection that has been silent for longest, if it has been for long enough. */
    private boolean dropSilent() {
        long now = System.nanoTime();
        for (ControlConnection connection : connections) {
            if (connection.awaitsClient()) {
                if (connection.silentMs(now) < limits.undisturbedMs) {
                    return false;
                }
                connection.close();
                return true;
            }
        }
        return false;
    }

    private void dropLate() {
        long now = System.nanoTime();
        ArrayDeque<ControlConnection> late = new ArrayDeque<>();
        for (ControlConnection connection : connections) {
            if (connection.awaitsClient() && connection.silentMs(now) >= limits.patienceMs) {
                late.add(connection);
            }
        }
        late.forEach(ControlConnection::close);
        if (listenerKey.isValid() && listenerKey.interestOps() == 0) {
            listenerKey.interestOps(SelectionKey.OP_ACCEPT);
            accept();
        }
    }

    /** 0 waits for ever. */
    private long untilNextDeadlineMs() {
        long now = System.nanoTime();
        boolean full = listenerKey.interestOps() == 0;
        for (ControlConnection connection : connections) {
            if (connection.awaitsClient()) {
                long limit = full ? limits.undisturbedMs : limits.patienceMs;
                return Math.max(1, limit - connection.silentMs(now) + 1);
            }
        }
        return full ? limits.undisturbedMs : 0;
    }

    // For connections, on the server's thread

    ByteBuffer readBuffer() {
        return readBuffer.clear();
    }

    /** Moves a connection to the end of the order. */
    void active(ControlConnection connection) {
        connections.remove(connection);
        connections.add(connection);
    }

    void closed(ControlConnection connection) {
        connections.remove(connection);
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
     * @param left whether the client has ended its sending half; one that says it attends to its request is gone then
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

    private void closeAll() {
        for (ControlConnection connection : Set.copyOf(connections)) {
            connection.close();
        }
        try {
            listener.close();
            selector.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the control socket was not closed cleanly: " + e.getMessage());
        }
    }

    /** Stops serving; connections are cut. Does not wait. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
    }

    /** Waits for the thread to end, after {@link #close}. */
    void join() throws InterruptedException {
        thread.join();
    }
}
