package io.pcache.metrics;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Answers {@code GET /metrics} of HTTP/1.1, on a loopback port or a Unix socket, with a connection for each, in the
 * format that the client {@linkplain Accept accepts}. One thread of its own, a few connections, each with a short
 * request and a short time: a client can neither stop the device's I/O nor grow its memory.
 */
public final class MetricsServer implements AutoCloseable {
    /** At once; who comes then takes the place of the one that came first. */
    static final int CONNECTIONS = 16;

    static final int REQUEST_BYTES = 8192;
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final int BACKLOG = 64;
    private static final Logger LOG = System.getLogger(MetricsServer.class.getName());

    private final ServerSocketChannel listener;
    private final Selector selector;
    private final Executor queries;
    private final Text text;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> posted = new ConcurrentLinkedQueue<>();
    /** Owned by the thread; in the order of arrival. */
    private final Set<Client> clients = new LinkedHashSet<>();

    private volatile boolean closing;

    /** Makes the text. */
    @FunctionalInterface
    public interface Text {
        /** @throws Exception when it cannot be made */
        String in(TextFormat format) throws Exception;
    }

    /** @param queries where the text is made */
    private MetricsServer(ServerSocketChannel listener, Executor queries, Text text) throws IOException {
        this.listener = listener;
        this.queries = queries;
        this.text = text;
        this.selector = Selector.open();
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        this.thread = new Thread(this::serve, "metrics");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Listens on a port of the loopback address.
     *
     * @param port 0 takes one that is free
     * @param queries where the text is made
     * @param text makes it
     * @throws IOException when that cannot be listened on
     */
    public static MetricsServer onPort(int port, Executor queries, Text text) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET);
        try {
            // A successor may listen at once.
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
            return new MetricsServer(listener, queries, text);
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    /** Listens on a socket that is its owner's alone; one that is left there is replaced. As {@link #onPort} else. */
    public static MetricsServer onSocket(Path socket, Executor queries, Text text) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(socket);
            listener.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return new MetricsServer(listener, queries, text);
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    /** Where it listens. */
    public SocketAddress address() throws IOException {
        return listener.getLocalAddress();
    }

    private void serve() {
        try {
            while (!closing) {
                selector.select(clients.isEmpty() ? 0 : PATIENCE_NANOS / 1_000_000);
                Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                while (keys.hasNext()) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isValid() && key.attachment() instanceof Client client) {
                        client.ready();
                    } else if (key.isValid()) {
                        accept();
                    }
                }
                for (Runnable action = posted.poll(); action != null; action = posted.poll()) {
                    action.run();
                }
                dropLate();
            }
        } catch (IOException e) {
            LOG.log(Level.ERROR, "metrics are not served any more: " + e.getMessage());
        } finally {
            Set.copyOf(clients).forEach(Client::close);
            closeQuietly(listener);
            closeQuietly(selector);
        }
    }

    private void accept() throws IOException {
        SocketChannel channel;
        try {
            channel = listener.accept();
        } catch (IOException e) {
            // Out of descriptors: places are given up until there are some again.
            LOG.log(Level.WARNING, "cannot accept a connection for metrics: " + e.getMessage());
            if (clients.isEmpty()) {
                throw e;
            }
            clients.iterator().next().close();
            return;
        }
        if (channel != null) {
            if (clients.size() == CONNECTIONS) {
                clients.iterator().next().close();
            }
            clients.add(new Client(channel));
        }
    }

    private void dropLate() {
        long now = System.nanoTime();
        for (Client client : Set.copyOf(clients)) {
            if (now - client.since >= PATIENCE_NANOS) {
                client.close();
            }
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.log(Level.DEBUG, "not closed cleanly", e);
        }
    }

    private final class Client {
        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES);
        private final long since = System.nanoTime();
        private ByteBuffer reply;

        Client(SocketChannel channel) throws IOException {
            this.channel = channel;
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void ready() {
            try {
                if (reply != null) {
                    write();
                } else {
                    read();
                }
            } catch (IOException e) {
                close();
            }
        }

        private void read() throws IOException {
            int count = channel.read(request);
            String head = StandardCharsets.ISO_8859_1
                    .decode(request.duplicate().flip())
                    .toString();
            if (head.contains("\r\n\r\n") || head.contains("\n\n")) {
                key.interestOps(0);
                answer(head.substring(0, head.indexOf('\n')).strip().split(" "), Accept.choose(accepted(head)));
            } else if (count < 0) {
                close();
            } else if (!request.hasRemaining()) {
                send("431 Request Header Fields Too Large", "text/plain", "", true);
            }
        }

        /** The values of all headers {@code Accept}. */
        private static String accepted(String head) {
            return head.lines()
                    .skip(1)
                    .takeWhile(line -> !line.isBlank())
                    .filter(line -> line.regionMatches(true, 0, "Accept:", 0, "Accept:".length()))
                    .map(line -> line.substring("Accept:".length()))
                    .collect(Collectors.joining(","));
        }

        /** @param format null if the client wants none that there is */
        private void answer(String[] line, TextFormat format) throws IOException {
            boolean get = line[0].equals("GET");
            if (line.length < 2 || !get && !line[0].equals("HEAD")) {
                send("405 Method Not Allowed", "text/plain", "GET /metrics\n", true);
            } else if (!line[1].equals("/metrics") && !line[1].startsWith("/metrics?")) {
                send("404 Not Found", "text/plain", "metrics are at /metrics\n", get);
            } else if (format == null) {
                send(
                        "406 Not Acceptable",
                        "text/plain",
                        "metrics are given as application/openmetrics-text;version=1.0.0 or text/plain;version=0.0.4\n",
                        get);
            } else {
                queries.execute(() -> {
                    String body = make(format);
                    posted.add(() -> finish(body, format, get));
                    selector.wakeup();
                });
            }
        }

        private String make(TextFormat format) {
            try {
                return text.in(format);
            } catch (Exception e) {
                LOG.log(Level.WARNING, "no metrics: " + e.getMessage());
                return null;
            }
        }

        private void finish(String body, TextFormat format, boolean withBody) {
            try {
                if (channel.isOpen()) {
                    send(
                            body == null ? "503 Service Unavailable" : "200 OK",
                            format.contentType(),
                            body == null ? "" : body,
                            withBody);
                }
            } catch (IOException e) {
                close();
            }
        }

        private void send(String status, String type, String body, boolean withBody) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nVary: Accept\r\nContent-Length: "
                            + bytes.length + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            reply = ByteBuffer.allocate(head.length + bytes.length).put(head);
            reply.put(bytes, 0, withBody ? bytes.length : 0).flip();
            key.interestOps(SelectionKey.OP_WRITE);
            write();
        }

        private void write() throws IOException {
            channel.write(reply);
            if (!reply.hasRemaining()) {
                close();
            }
        }

        void close() {
            clients.remove(this);
            key.cancel();
            closeQuietly(channel);
        }
    }

    /** Stops serving; does not wait. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
    }
}
