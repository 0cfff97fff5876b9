package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import io.pcache.request.BlockDevice;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The end of the negotiation is sent by whoever serves the client: first of all, and also when the client is slow to
 * take it.
 */
@Timeout(60)
class GreetingTest {
    /** More than a socket takes at once. */
    private static final int LARGE = 4 << 20;

    @TempDir
    Path directory;

    private final BlockDevice device = ObservedDevice.ofMiB(1);
    private final ClientCount clients = new ClientCount(4, () -> {});
    private QueueThread server;
    private Thread thread;
    private ServerSocketChannel listener;

    @BeforeEach
    void serve() throws IOException {
        server = new QueueThread(device, Export.of(device), new PageBufferPool(8, 4), clients);
        thread = new Thread(server);
        thread.start();
        server.started().join();
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(directory.resolve("s")));
    }

    @AfterEach
    void stop() throws Exception {
        server.requestStop();
        thread.join();
        listener.close();
    }

    /** A client to which nothing was sent yet. */
    private RawClient client(ByteBuffer greeting) throws IOException {
        RawClient client = RawClient.connect(directory.resolve("s"));
        SocketChannel channel = listener.accept();
        channel.configureBlocking(false);
        assertThat(clients.admit()).isTrue();
        server.adopt(channel, new ClientFeatures(false, false), greeting);
        return client;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void commandsSentAheadAreAnsweredBehindIt() throws IOException {
        byte[] greeting = bytes(86);
        try (RawClient client = client(ByteBuffer.wrap(greeting))) {
            client.sendCommand(RawClient.FLUSH, 0, 7, 0, 0);
            assertThat(client.receive(greeting.length).array()).isEqualTo(greeting);
            assertThat(client.receiveReply().cookie()).isEqualTo(7);
        }
    }

    @Test
    void clientThatTakesItLateIsServedThen() throws IOException {
        byte[] greeting = bytes(LARGE);
        try (RawClient late = client(ByteBuffer.wrap(greeting));
                RawClient other = client(ByteBuffer.allocate(0))) {
            late.sendCommand(RawClient.READ, 0, 7, 0, 512);
            assertThat(other.write(4096, bytes(4096)))
                    .as("others are served meanwhile")
                    .isZero();
            assertThat(late.receive(greeting.length).array()).isEqualTo(greeting);
            assertThat(late.receiveReply().cookie()).isEqualTo(7);
            assertThat(late.read(4096, 4096)).isEqualTo(bytes(4096));
        }
    }

    @Test
    void clientThatGoesInItsMiddleGivesItsPlaceBack() throws IOException {
        RawClient client = client(ByteBuffer.wrap(bytes(LARGE)));
        client.receive(1);
        client.close();
        Served.await("the client to be gone", () -> clients.open() == 0);
    }

    @Test
    void stopDoesNotWaitForAClientThatDoesNotTakeIt() throws Exception {
        try (RawClient client = client(ByteBuffer.wrap(bytes(LARGE)))) {
            client.receive(1);
            server.requestStop();
            thread.join();
            assertThat(clients.open()).isZero();
        }
    }
}
