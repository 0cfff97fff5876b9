package io.pcache.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.listen.SelectorServer.Limits;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SelectorServerTest {
    private static final long NEVER_MS = 3_600_000;

    @TempDir
    Path folder;

    private final List<SocketChannel> connected = new ArrayList<>();
    private final BlockingQueue<Echo> begun = new LinkedBlockingQueue<>();
    private SelectorServer server;
    private Thread thread;

    /** Gives each byte back, but for 'x', which is an error, and 'w', after which it has to be waited for. */
    private final class Echo implements SelectorServer.Client {
        final Place place;
        final CountDownLatch closed = new CountDownLatch(1);
        volatile boolean answering;

        Echo(Place place) {
            this.place = place;
            begun.add(this);
        }

        @Override
        public void ready() throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            if (place.channel().read(one) < 0 || one.get(0) == 'x') {
                throw new IOException("a client that has to go");
            }
            answering = one.get(0) == 'w';
            place.channel().write(one.flip());
        }

        @Override
        public boolean isAwaited() {
            return !answering;
        }

        @Override
        public void closed() {
            closed.countDown();
        }
    }

    private void serve(int connections, long patienceMs, long undisturbedMs) throws IOException {
        server = new SelectorServer(
                "test's connection",
                ListeningSocket.unix(folder.resolve("socket"), 100),
                new Limits(connections, patienceMs, undisturbedMs),
                Echo::new);
        thread = new Thread(server, "served");
        thread.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        thread.join();
        for (SocketChannel channel : connected) {
            channel.close();
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("socket")));
        connected.add(channel);
        return channel;
    }

    private static void say(SocketChannel channel, char what) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {(byte) what}));
    }

    /** -1 where the server has closed the connection. */
    private static int hear(SocketChannel channel) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        return channel.read(one) < 0 ? -1 : one.get(0);
    }

    private void onServer(Runnable action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        server.post(() -> {
            action.run();
            done.complete(null);
        });
        done.join();
    }

    /** Returns when the server has looked at all that there was to do when this was called. */
    private void awaitRound() {
        onServer(() -> {});
        onServer(() -> {});
    }

    @Test
    void theClientThatHasBeenSilentForLongestMakesRoom() throws Exception {
        serve(2, NEVER_MS, 0);
        SocketChannel first = connect();
        Echo firstServed = begun.take();
        SocketChannel second = connect();
        Echo secondServed = begun.take();
        onServer(firstServed.place::active);

        SocketChannel third = connect();
        begun.take();

        assertThat(hear(second))
                .as("the one that has been silent since it came")
                .isEqualTo(-1);
        secondServed.closed.await();
        say(first, 'a');
        say(third, 'b');
        assertThat(hear(first)).isEqualTo('a');
        assertThat(hear(third)).isEqualTo('b');
    }

    @Test
    void clientThatWaitsForItsAnswerKeepsItsPlace() throws Exception {
        serve(1, NEVER_MS, 0);
        SocketChannel first = connect();
        say(first, 'w');
        hear(first);
        Echo served = begun.take();

        SocketChannel second = connect();
        awaitRound();
        assertThat(begun).as("no place is free").isEmpty();

        onServer(served.place::close);
        say(second, 'b');
        assertThat(hear(second)).isEqualTo('b');
    }

    @Test
    void clientIsLeftUndisturbedForAWhile() throws Exception {
        serve(1, NEVER_MS, NEVER_MS);
        SocketChannel first = connect();
        begun.take();

        SocketChannel second = connect();
        awaitRound();
        assertThat(begun).as("no place is free").isEmpty();

        first.close();
        say(second, 'b');
        assertThat(hear(second)).isEqualTo('b');
    }

    @Test
    void silentClientIsDroppedInTime() throws Exception {
        serve(8, 20, 10);

        assertThat(hear(connect())).isEqualTo(-1);
        begun.take().closed.await();
    }

    @Test
    void clientThatFailsIsClosedAndTheOthersGoOn() throws Exception {
        serve(8, NEVER_MS, 0);
        SocketChannel good = connect();
        SocketChannel bad = connect();

        say(bad, 'x');

        assertThat(hear(bad)).isEqualTo(-1);
        say(good, 'a');
        assertThat(hear(good)).isEqualTo('a');
    }

    @Test
    void channelOutlivesThePlaceThatWasLeft() throws Exception {
        serve(1, NEVER_MS, 0);
        SocketChannel client = connect();
        Echo served = begun.take();

        onServer(served.place::leave);
        server.stop();
        thread.join();

        assertThat(served.closed.getCount()).as("told of no end").isEqualTo(1);
        served.place.channel().write(ByteBuffer.wrap(new byte[] {'l'}));
        assertThat(hear(client)).isEqualTo('l');
        served.place.channel().close();
    }

    @Test
    void endCutsAllConnections() throws Exception {
        serve(8, NEVER_MS, 0);
        SocketChannel client = connect();
        Echo served = begun.take();

        server.stop();
        thread.join();

        assertThat(hear(client)).isEqualTo(-1);
        served.closed.await();
    }

    @Test
    void socketIsItsOwnersAndReplacesWhatWasThere() throws Exception {
        Path socket = folder.resolve("socket");
        Files.createFile(socket);
        serve(1, NEVER_MS, 0);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        connect();
        assertThat(begun.take()).isNotNull();
    }
}
