package io.pcache.server.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.control.ControlClient;
import io.pcache.control.ControlCommand;
import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.server.QuietLog;
import io.pcache.server.device.DeviceFixture;
import io.pcache.server.socket.ControlServer.Limits;
import io.pcache.server.table.TestRequest;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(QuietLog.class)
class ControlServerTest {
    private static final Limits SMALL = new Limits(8, 1 << 20, 60_000, 50);

    @TempDir
    Path directory;

    private DeviceFixture fixture;
    private ControlCommands commands;
    private ControlServer server;
    private Path socket;
    private final CountDownLatch removed = new CountDownLatch(1);
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void serve() throws Exception {
        fixture = new DeviceFixture(directory).live();
        socket = directory.resolve("control.sock");
        serve(Limits.DEFAULT);
    }

    private void serve(Limits limits) throws IOException {
        commands = new ControlCommands(fixture.device, removed::countDown);
        server = new ControlServer(socket, commands, limits);
        server.start();
    }

    private void serveAgain(Limits limits) throws Exception {
        stop();
        Files.delete(socket);
        serve(limits);
    }

    /** A request that was read before the device went, and is handled after. */
    @Test
    void requestsThatComeTooLateAreTold() {
        commands.close();
        for (ControlCommand command : List.of(ControlCommand.INFO, ControlCommand.SUSPEND)) {
            assertThat(catchThrowableOfType(ControlException.class, () -> call(command))
                            .errno())
                    .isEqualTo(Errno.ENXIO);
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
        opened.clear();
        server.close();
        server.join();
        commands.close();
    }

    private JsonObject call(ControlCommand command) throws ControlException {
        return call(ControlClient.request(command));
    }

    private JsonObject call(JsonObject request) throws ControlException {
        try (ControlClient client = ControlClient.connect(socket)) {
            return client.call(request);
        }
    }

    private SocketChannel raw() throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        opened.add(channel);
        return channel;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Up to the newline; empty at the end of the stream. */
    private static String readLine(SocketChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (channel.read(one.clear()) > 0) {
            char c = (char) one.get(0);
            if (c == '\n') {
                break;
            }
            line.append(c);
        }
        return line.toString();
    }

    @Test
    void socketIsTheOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void answersSeveralRequestsOnOneConnection() throws Exception {
        try (ControlClient client = ControlClient.connect(socket)) {
            assertThat(client.call(ControlClient.request(ControlCommand.INFO)).string("name", ""))
                    .isEqualTo("pc");
            assertThat(client.call(ControlClient.request(ControlCommand.STATUS)).objects("lines"))
                    .hasSize(1);
            assertThat(catchThrowableOfType(
                                    ControlException.class,
                                    () -> client.call(ControlClient.request(ControlCommand.MESSAGE)
                                            .put("sector", 0)
                                            .put("text", "bogus")))
                            .reasons())
                    .containsExactly("pcache: unknown message 'bogus'; known are: gc_percent <0..90>, "
                            + "cache_discard <word>, log_level <word>, writeback (-EINVAL)");
            assertThat(client.call(ControlClient.request(ControlCommand.TABLE)).objects("lines"))
                    .hasSize(1);
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        SocketChannel channel = raw();
        write(channel, "{\"v\":1,\"cmd\":\"info\"}\n{\"v\":1,\"cmd\":\"bogus\"}\n{\"v\":1,\"cmd\":\"status\"}\n");

        assertThat(readLine(channel)).contains("\"name\":\"pc\"");
        assertThat(readLine(channel)).contains("unknown command 'bogus'");
        assertThat(readLine(channel)).contains("\"lines\"");
    }

    @Test
    void answersAClientThatIsDoneWithSending() throws Exception {
        SocketChannel channel = raw();
        write(channel, "{\"v\":1,\"cmd\":\"info\"}\n");
        channel.shutdownOutput();

        assertThat(readLine(channel)).contains("\"ok\":true");
        assertThat(readLine(channel)).as("and then closes").isEmpty();
    }

    @Test
    void refusesOtherVersionsAndMistypedMembers() throws Exception {
        SocketChannel channel = raw();
        write(
                channel,
                "{\"v\":2,\"cmd\":\"info\"}\n{\"cmd\":\"info\"}\n{\"v\":1,\"cmd\":7}\n{\"v\":1,\"cmd\":\"load\",\"lines\":[1]}\n{\"v\":1,\"cmd\":\"wait\",\"eventNr\":\"x\"}\n");

        assertThat(readLine(channel)).contains("\"errno\":22").contains("version 2 is not supported");
        assertThat(readLine(channel)).contains("\"errno\":22");
        assertThat(readLine(channel)).contains("'cmd' must be a string");
        assertThat(readLine(channel)).contains("'lines' must be a list of objects");
        assertThat(readLine(channel)).contains("'eventNr' must be an integer");
    }

    @Test
    void queriesAnswerWhileAChangeWaitsForRequests() throws Exception {
        var queue = fixture.frontEnds.serving.openQueue(null, () -> {});
        queue.submit(TestRequest.write(0, 512));
        CompletableFuture<JsonObject> suspend = async(ControlCommand.SUSPEND);

        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
        assertThat(suspend).isNotDone();

        fixture.caches.last.device.automatic = true;
        while (!suspend.isDone()) {
            queue.poll();
        }
        assertThat(call(ControlCommand.INFO).flag("suspended")).isTrue();
    }

    @Test
    void suspendEndsWhenItsClientGoesAway() throws Exception {
        var queue = fixture.frontEnds.serving.openQueue(null, () -> {});
        TestRequest stuck = TestRequest.write(0, 512);
        queue.submit(stuck);
        SocketChannel client = raw();
        write(client, "{\"v\":1,\"cmd\":\"suspend\"}\n");
        while (!fixture.holdsRequests()) {
            Thread.onSpinWait();
        }

        client.close();

        // Behind the suspend in the row of changes.
        call(ControlCommand.CLEAR);
        assertThat(call(ControlCommand.INFO).flag("suspended")).isFalse();
        assertThat(fixture.holdsRequests()).isFalse();
    }

    @Test
    void changeOfAClientThatHasLeftIsNotMadeWhereItAttendedToIt() throws Exception {
        // What the target finds when it goes on after it was stopped: request and end of input at once.
        stop();
        Files.delete(socket);
        commands = new ControlCommands(fixture.device, removed::countDown);
        server = new ControlServer(socket, commands, Limits.DEFAULT);
        try (SocketChannel attending = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            write(attending, "{\"v\":1,\"cmd\":\"suspend\",\"attended\":true}\n");
        }
        server.start();
        call(ControlCommand.CLEAR);
        assertThat(call(ControlCommand.INFO).flag("suspended")).isFalse();

        SocketChannel pipe = raw();
        write(pipe, "{\"v\":1,\"cmd\":\"suspend\"}\n");
        assertThat(readLine(pipe)).contains("\"ok\":true");
        assertThat(call(ControlCommand.INFO).flag("suspended")).isTrue();
    }

    private CompletableFuture<JsonObject> async(ControlCommand command) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return call(command);
            } catch (ControlException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void waitEndsWithAnEvent() throws Exception {
        CompletableFuture<JsonObject> wait = async(ControlCommand.WAIT);
        call(ControlClient.request(ControlCommand.RENAME).put("name", "other"));

        assertThat(wait.get().number("eventNr", 0)).isEqualTo(1);
        assertThat(async(ControlCommand.WAIT).get().number("eventNr", 0))
                .as("differs from 0 already")
                .isEqualTo(1);
    }

    @Test
    void waitEndsWithTheDevice() throws Exception {
        CompletableFuture<JsonObject> wait = async(ControlCommand.WAIT);

        assertThat(call(ControlCommand.REMOVE).flag("removed")).isTrue();

        assertThat(wait.get().flag("removed")).isTrue();
        removed.await();
        assertThat(catchThrowableOfType(ControlException.class, () -> call(ControlCommand.STATUS))
                        .errno())
                .isEqualTo(Errno.ENXIO);
    }

    @Test
    void moreWaitersThanTheirShareAreRefused() throws Exception {
        for (int i = 0; i < ControlCommands.MAX_WAITERS; i++) {
            write(raw(), "{\"v\":1,\"cmd\":\"wait\"}\n");
        }
        // Requests of different connections are in no order: the one too many may be any.
        SocketChannel last = raw();
        write(last, "{\"v\":1,\"cmd\":\"wait\"}\n");
        for (AutoCloseable channel : opened) {
            ((SocketChannel) channel).configureBlocking(false);
        }
        ByteBuffer answer = ByteBuffer.allocate(1000);
        while (answer.position() == 0) {
            for (AutoCloseable channel : opened) {
                ((SocketChannel) channel).read(answer);
            }
        }
        assertThat(new String(answer.array(), StandardCharsets.UTF_8)).contains("\"errno\":" + Errno.EAGAIN);
        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
    }

    @Test
    void aThousandStatusCallsInParallelAllAnswer() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(100);
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 1000; i++) {
            callers.execute(() -> {
                try {
                    if (call(ControlCommand.STATUS).objects("lines").size() == 1) {
                        answered.incrementAndGet();
                    }
                } catch (ControlException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        callers.shutdown();
        assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(answered).hasValue(1000);
    }

    @Test
    void silentClientsMakeRoomForOneThatSpeaks() throws Exception {
        serveAgain(SMALL);
        for (int i = 0; i < 100; i++) {
            SocketChannel silent = raw();
            if (i % 2 == 0) {
                write(silent, "{\"v\":1,");
            }
        }

        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
    }

    @Test
    void clientsThatDoNotTakeTheirRepliesMakeRoom() throws Exception {
        serveAgain(SMALL);
        String many = "{\"v\":1,\"cmd\":\"info\"}\n".repeat(3000);
        for (int i = 0; i < 12; i++) {
            SocketChannel deaf = raw();
            deaf.configureBlocking(false);
            deaf.write(ByteBuffer.wrap(many.getBytes(StandardCharsets.UTF_8)));
        }

        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
    }

    @Test
    void lateClientsAreDropped() throws Exception {
        serveAgain(new Limits(8, 1 << 20, 50, 10));
        SocketChannel half = raw();
        write(half, "{\"v\":1,\"cmd\":\"in");

        assertThat(readLine(half)).as("closed by the server").isEmpty();
    }

    @Test
    void frameBeyondTheLimitIsCutOff() throws Exception {
        SocketChannel channel = raw();
        ByteBuffer flood =
                ByteBuffer.wrap("x".repeat(JsonCodec.MAX_FRAME_BYTES + 1).getBytes(StandardCharsets.UTF_8));
        try {
            while (flood.hasRemaining()) {
                channel.write(flood);
            }
            assertThat(readLine(channel)).isEmpty();
        } catch (IOException expected) {
            assertThat(expected).hasMessageContaining("roken pipe");
        }
        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
    }

    @Test
    void unfinishedRequestsTogetherAreBounded() throws Exception {
        serveAgain(new Limits(64, 2 << 20, 60_000, 60_000));
        int cut = 0;
        String big = "{\"v\":1,\"x\":\"" + "y".repeat(1000 << 10);
        for (int i = 0; i < 20; i++) {
            try {
                write(raw(), big);
            } catch (IOException e) {
                cut++;
            }
        }
        assertThat(cut).as("connections cut while they sent").isGreaterThanOrEqualTo(10);
        assertThat(call(ControlCommand.STATUS).objects("lines")).hasSize(1);
    }

    @Test
    void garbageNeverStopsTheServer() throws Exception {
        long seed = 4242;
        Random random = new Random(seed);
        String[] valid = {
            "{\"v\":1,\"cmd\":\"info\"}\n",
            "{\"v\":1,\"cmd\":\"load\",\"lines\":[{\"start\":0,\"length\":8,\"type\":\"error\",\"args\":\"\"}]}\n",
            "{\"v\":1,\"cmd\":\"message\",\"sector\":0,\"text\":\"gc_percent 5\"}\n",
            "{\"v\":1,\"cmd\":\"rename\",\"name\":\"a\"}\n",
            "{\"v\":1,\"cmd\":\"setgeometry\",\"geometry\":\"1 2 3 4\"}\n"
        };
        for (int round = 0; round < 400; round++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(5); n >= 0; n--) {
                StringBuilder frame = new StringBuilder(valid[random.nextInt(valid.length)]);
                for (int flips = random.nextInt(4); flips > 0; flips--) {
                    frame.setCharAt(random.nextInt(frame.length()), (char) random.nextInt(128));
                }
                text.append(frame);
            }
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                channel.configureBlocking(false);
                channel.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.ISO_8859_1)));
            }
        }
        assertThat(call(ControlCommand.INFO).number("pid", 0))
                .as("seed %d", seed)
                .isEqualTo(ProcessHandle.current().pid());
    }
}
