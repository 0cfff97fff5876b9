package io.pcache.metrics;

import io.pcache.listen.ListeningSocket;
import io.pcache.listen.Place;
import io.pcache.listen.SelectorServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Answers {@code GET /metrics} of HTTP/1.1, on a loopback port or a Unix socket, with a connection for each request, in
 * the format that the client {@linkplain Accept accepts}. The server has one thread, and a few connections, each with a
 * short request and a short time. So a client can neither stop the device's I/O nor grow the process's memory.
 */
public final class MetricsServer implements AutoCloseable {
    /** Connections at once; the next client takes the place of the client that came first. */
    static final int CONNECTIONS = 16;

    static final int REQUEST_BYTES = 8192;
    private static final int PATIENCE_MS = 5000;
    private static final int BACKLOG = 64;
    private static final Logger LOG = System.getLogger(MetricsServer.class.getName());

    private final ServerSocketChannel listener;
    private final SelectorServer server;
    private final Executor queries;
    private final Text text;

    /** Makes the text. */
    @FunctionalInterface
    public interface Text {
        /** @throws Exception when the text cannot be made */
        String in(TextFormat format) throws Exception;
    }

    private MetricsServer(ServerSocketChannel listener, Executor queries, Text text) throws IOException {
        this.listener = listener;
        this.queries = queries;
        this.text = text;
        try {
            this.server = new SelectorServer(
                    "connection for metrics",
                    listener,
                    new SelectorServer.Limits(CONNECTIONS, PATIENCE_MS, 0),
                    Client::new);
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
        Thread thread = new Thread(this::serve, "metrics");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Listens on a port of the loopback address.
     *
     * @param port 0 for any free port
     * @param queries where the text is made
     * @param text makes the text
     * @throws IOException when the port cannot be listened on
     */
    public static MetricsServer onPort(int port, Executor queries, Text text) throws IOException {
        return new MetricsServer(ListeningSocket.loopback(port, BACKLOG), queries, text);
    }

    /**
     * Listens on a socket that only its owner can use, in place of an older socket. Otherwise as {@link #onPort}.
     *
     * @param socket in a folder that only its owner can use
     */
    public static MetricsServer onSocket(Path socket, Executor queries, Text text) throws IOException {
        return new MetricsServer(ListeningSocket.unix(socket, BACKLOG), queries, text);
    }

    /** Where the server listens. */
    public SocketAddress address() throws IOException {
        return listener.getLocalAddress();
    }

    private void serve() {
        try {
            server.run();
        } catch (UncheckedIOException e) {
            // The device is served all the same.
            LOG.log(Level.ERROR, "metrics are not served any more: " + e.getMessage());
        }
    }

    private final class Client implements SelectorServer.Client {
        private final Place place;
        private final ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES);
        private ByteBuffer reply;

        Client(Place place) {
            this.place = place;
        }

        @Override
        public void ready() throws IOException {
            if (reply != null) {
                write();
            } else {
                read();
            }
        }

        private void read() throws IOException {
            int count = place.channel().read(request);
            String head = StandardCharsets.ISO_8859_1
                    .decode(request.duplicate().flip())
                    .toString();
            if (head.contains("\r\n\r\n") || head.contains("\n\n")) {
                place.await(0);
                answer(head.substring(0, head.indexOf('\n')).strip().split(" "), Accept.choose(accepted(head)));
            } else if (count < 0) {
                place.close();
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

        /** @param format null if the client wants neither format */
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
                    server.post(() -> finish(body, format, get));
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
                if (place.channel().isOpen()) {
                    send(
                            body == null ? "503 Service Unavailable" : "200 OK",
                            format.contentType(),
                            body == null ? "" : body,
                            withBody);
                }
            } catch (IOException e) {
                place.close();
            }
        }

        private void send(String status, String type, String body, boolean withBody) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nVary: Accept\r\nContent-Length: "
                            + bytes.length + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            reply = ByteBuffer.allocate(head.length + bytes.length).put(head);
            reply.put(bytes, 0, withBody ? bytes.length : 0).flip();
            place.await(SelectionKey.OP_WRITE);
            write();
        }

        private void write() throws IOException {
            place.channel().write(reply);
            if (!reply.hasRemaining()) {
                place.close();
            }
        }
    }

    /** Stops serving; does not wait. */
    @Override
    public void close() {
        server.stop();
    }
}
