package io.pcache.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsServerTest {
    private static final String TEXT = "pcache_reads_total 1\n";
    private static final Map<TextFormat, String> TEXTS =
            Map.of(TextFormat.CLASSIC, TEXT, TextFormat.OPEN_METRICS, TEXT + "# EOF\n");

    @TempDir
    Path folder;

    private final ExecutorService queries = Executors.newSingleThreadExecutor();
    private final List<SocketChannel> opened = new ArrayList<>();
    private MetricsServer server;
    private int port;

    @BeforeEach
    void serve() throws Exception {
        server = MetricsServer.onPort(0, queries, format -> TEXTS.get(format));
        port = ((InetSocketAddress) server.address()).getPort();
    }

    @AfterEach
    void stop() throws Exception {
        for (SocketChannel channel : opened) {
            channel.close();
        }
        server.close();
        queries.shutdown();
    }

    private HttpResponse<String> get(String path, String method) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private SocketChannel raw() throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
        opened.add(channel);
        return channel;
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        int count = 0;
        while (count >= 0) {
            count = channel.read(bytes);
        }
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }

    @Test
    void answersOnThePathOfPrometheus() throws Exception {
        HttpResponse<String> answer = get("/metrics", "GET");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(get("/metrics?x=y", "GET").body()).isEqualTo(TEXT);
        assertThat(get("/metrics", "HEAD").body()).isEmpty();
        assertThat(get("/", "GET").statusCode()).isEqualTo(404);
        assertThat(get("/metrics", "POST").statusCode()).isEqualTo(405);
    }

    @Test
    void answersInTheFormatThatIsAccepted() throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
        HttpResponse<String> both = HttpClient.newHttpClient()
                .send(
                        request.header("Accept", "text/plain;q=0.5")
                                .header("Accept", "application/openmetrics-text;version=1.0.0")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> none = HttpClient.newHttpClient()
                .send(request.setHeader("Accept", "application/json").build(), HttpResponse.BodyHandlers.ofString());

        assertThat(both.body()).isEqualTo(TEXTS.get(TextFormat.OPEN_METRICS));
        assertThat(both.headers().firstValue("Content-Type"))
                .hasValue("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(none.statusCode()).isEqualTo(406);
        assertThat(none.body())
                .contains("application/openmetrics-text", "text/plain")
                .hasLineCount(1);
    }

    @Test
    void listensOnLoopbackOnlyAndSaysWhenThePortIsTaken() throws Exception {
        assertThat(((InetSocketAddress) server.address()).getAddress().isLoopbackAddress())
                .isTrue();
        assertThatThrownBy(() -> MetricsServer.onPort(port, queries, format -> TEXTS.get(format)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void socketIsTheOwnersAlone() throws Exception {
        Path socket = folder.resolve("metrics.sock");
        try (MetricsServer unix = MetricsServer.onSocket(socket, queries, format -> TEXTS.get(format));
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            channel.write(ByteBuffer.wrap("GET /metrics HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            assertThat(readAll(channel)).startsWith("HTTP/1.1 200 OK\r\n").endsWith(TEXT);
            assertThat(unix.address()).isEqualTo(UnixDomainSocketAddress.of(socket));
        }
    }

    @Test
    void silentClientsGiveTheirPlaceToOneThatAsks() throws Exception {
        for (int i = 0; i < 10 * MetricsServer.CONNECTIONS; i++) {
            raw().write(ByteBuffer.wrap("GET /met".getBytes(StandardCharsets.US_ASCII)));
        }

        assertThat(get("/metrics", "GET").body()).isEqualTo(TEXT);
        // Those that came first are gone.
        assertThat(readAll(opened.get(0))).isEmpty();
    }

    @Test
    void requestWithoutEndIsRefused() throws Exception {
        SocketChannel channel = raw();
        channel.write(ByteBuffer.wrap("x".repeat(MetricsServer.REQUEST_BYTES).getBytes(StandardCharsets.US_ASCII)));

        assertThat(readAll(channel)).startsWith("HTTP/1.1 431 ");
        assertThat(get("/metrics", "GET").body()).isEqualTo(TEXT);
    }

    @Test
    void textThatCannotBeMadeIsAnError() throws Exception {
        server.close();
        server = MetricsServer.onPort(0, queries, format -> {
            throw new IOException("gone");
        });
        port = ((InetSocketAddress) server.address()).getPort();
        java.util.logging.Logger log = java.util.logging.Logger.getLogger(MetricsServer.class.getName());
        log.setLevel(java.util.logging.Level.OFF);

        assertThat(get("/metrics", "GET").statusCode()).isEqualTo(503);
    }
}
