package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import io.pcache.frontend.ObservedDevice.Completion;
import io.pcache.frontend.ObservedDevice.Submitted;
import io.pcache.nbd.RawClient.Reply;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TransmissionTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 64 * MIB;

    @TempDir
    Path directory;

    private Served served;
    private ObservedDevice device;

    private void serve(ObservedDevice served, UnaryOperator<NbdSettings> adjust) throws IOException {
        this.device = served;
        this.served = new Served(directory, served, adjust);
    }

    private void serve(Completion completion) throws IOException {
        serve(new ObservedDevice(SIZE, 512, false, completion), settings -> settings);
    }

    @AfterEach
    void stop() throws IOException {
        device.release();
        served.close();
    }

    private RawClient client(boolean structured) throws IOException {
        return structured ? RawClient.structured(served.socket) : RawClient.simple(served.socket);
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"false,AT_ONCE", "true,AT_ONCE", "false,SHUFFLED", "true,SHUFFLED"})
    void readsBackWhatWasWritten(boolean structured, Completion completion) throws IOException {
        serve(completion);
        try (RawClient client = client(structured)) {
            for (int length : new int[] {512, 4096, 65536, 131072, 131584, MIB, 5 * MIB, 32 * MIB}) {
                byte[] data = random(length, length);
                assertThat(client.write(1536, data)).isZero();
                assertThat(client.read(1536, length)).isEqualTo(data);
            }
        }
    }

    /** Memory is short: every connection has its home buffer and nothing else. */
    @ParameterizedTest
    @CsvSource({"false,AT_ONCE", "true,AT_ONCE", "false,SHUFFLED", "true,SHUFFLED"})
    void carriesOutLargeRequestsWithLittleMemory(boolean structured, Completion completion) throws IOException {
        serve(
                new ObservedDevice(SIZE, 512, false, completion),
                settings -> settings.withMaxClients(4).withBufferBytes(4 * PageBuffer.BYTES));
        byte[] data = random(32 * MIB, 1);
        try (RawClient client = client(structured);
                RawClient other = client(structured)) {
            assertThat(client.write(0, data)).isZero();
            client.sendCommand(RawClient.READ, 0, 1, 0, 32 * MIB);
            // The first one has all its memory in use and does not take its reply; that is no matter of the other
            // one's.
            assertThat(other.read(MIB, MIB)).isEqualTo(java.util.Arrays.copyOfRange(data, MIB, 2 * MIB));
            byte[] read = new byte[data.length];
            Reply reply;
            do {
                reply = client.receiveReply();
                System.arraycopy(reply.data(), 0, read, (int) reply.offset(), reply.data().length);
            } while (!reply.done());
            assertThat(read).isEqualTo(data);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsManyCommandsOfAllKindsApart(boolean structured) throws IOException {
        serve(Completion.SHUFFLED);
        byte[] expected = new byte[SIZE];
        Random random = new Random(5);
        try (RawClient client = client(structured)) {
            for (int round = 0; round < 200; round++) {
                Set<Long> cookies = new HashSet<>();
                ByteBuffer commands = ByteBuffer.allocate(4 * MIB);
                for (int slot = 0; slot < 60; slot++) {
                    // Each command has a MiB of its own, as commands under way are in no order.
                    int at = slot * MIB + 512 * random.nextInt(1000);
                    int length = 512 * (1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 16));
                    long cookie = random.nextLong();
                    cookies.add(cookie);
                    commands.put(randomCommand(random, client, expected, cookie, at, length));
                }
                client.send(commands.flip());
                while (!cookies.isEmpty()) {
                    Reply reply = client.receiveReply();
                    assertThat(reply.error()).isZero();
                    assertThat(reply.done() ? cookies.remove(reply.cookie()) : cookies.contains(reply.cookie()))
                            .isTrue();
                }
            }
            for (int at = 0; at < SIZE; at += MIB) {
                assertThat(client.read(at, MIB)).isEqualTo(java.util.Arrays.copyOfRange(expected, at, at + MIB));
            }
        }
    }

    private static ByteBuffer randomCommand(
            Random random, RawClient client, byte[] expected, long cookie, int at, int length) {
        switch (random.nextInt(4)) {
            case 0 -> {
                byte[] data = random(length, cookie);
                System.arraycopy(data, 0, expected, at, length);
                return RawClient.command(RawClient.WRITE, random.nextInt(2), cookie, at, length, data);
            }
            case 1 -> {
                java.util.Arrays.fill(expected, at, at + length, (byte) 0);
                int type = random.nextBoolean() ? RawClient.TRIM : RawClient.WRITE_ZEROES;
                return RawClient.command(type, random.nextInt(2), cookie, at, length);
            }
            case 2 -> {
                return RawClient.command(RawClient.FLUSH, 0, cookie, 0, 0);
            }
            default -> {
                client.expectSimpleRead(cookie, length);
                return RawClient.command(RawClient.READ, 0, cookie, at, length);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // type, flags, offset, length, error
        "READ,0,256,512,22",
        "READ,0,0,511,22",
        "READ,0,0,0,22",
        "READ,0,67108864,512,22",
        "READ,0,67108352,1024,22",
        "READ,0,-512,512,22",
        "READ,0,0,33554944,22",
        "READ,0,9223372036854775296,512,22",
        "READ,0,0,4294966784,22",
        "READ,2,0,512,22",
        "READ,16,0,512,22",
        "READ,1,0,512,0",
        "WRITE,0,256,512,22",
        "WRITE,0,0,100,22",
        "WRITE,0,0,0,22",
        "WRITE,0,67108864,512,28",
        "WRITE,0,67108352,1024,28",
        "WRITE,0,-512,512,28",
        "WRITE,0,0,33554944,22",
        "WRITE,4,0,512,22",
        "WRITE,32,0,512,22",
        "WRITE,1,0,512,0",
        "WRITE_ZEROES,0,256,512,22",
        "WRITE_ZEROES,0,67108352,1024,28",
        "WRITE_ZEROES,16,0,512,22",
        "WRITE_ZEROES,2,0,512,0",
        "WRITE_ZEROES,0,0,67108864,0",
        "WRITE_ZEROES,0,0,0,22",
        "TRIM,0,256,512,22",
        "TRIM,0,67108352,1024,22",
        "TRIM,2,0,512,22",
        "TRIM,1,0,512,0",
        "TRIM,0,0,67108864,0",
        "TRIM,0,0,4294966784,22",
        "FLUSH,0,0,0,0",
        "FLUSH,1,0,0,0",
        "FLUSH,4,0,0,22",
        "FLUSH,0,512,0,22",
        "FLUSH,0,0,512,22",
        "CACHE,0,0,512,22",
        "BLOCK_STATUS,0,0,512,22",
        "UNKNOWN,0,0,512,22"
    })
    void checksCommands(String name, int flags, long offset, long length, int error) throws IOException {
        serve(Completion.AT_ONCE);
        int type = List.of(
                        "READ",
                        "WRITE",
                        "DISC",
                        "FLUSH",
                        "TRIM",
                        "CACHE",
                        "WRITE_ZEROES",
                        "BLOCK_STATUS",
                        "-",
                        "UNKNOWN")
                .indexOf(name);
        for (boolean structured : new boolean[] {false, true}) {
            try (RawClient client = client(structured)) {
                assertThat(client.call(
                                type, flags, offset, length, new byte[type == RawClient.WRITE ? (int) length : 0]))
                        .isEqualTo(error);
                // Nothing has got out of step.
                assertThat(client.write(512, random(512, 1))).isZero();
                assertThat(client.read(512, 512)).isEqualTo(random(512, 1));
            }
        }
    }

    @Test
    void dontFragmentNeedsStructuredRepliesAndHasALimit() throws IOException {
        serve(Completion.SHUFFLED);
        try (RawClient simple = client(false);
                RawClient structured = client(true)) {
            assertThat(simple.call(RawClient.READ, RawClient.DF, 0, 512)).isEqualTo(22);
            structured.sendCommand(RawClient.READ, RawClient.DF, 1, 0, 131072);
            Reply reply = structured.receiveReply();
            assertThat(reply.done()).isTrue();
            assertThat(reply.data()).hasSize(131072);
            assertThat(structured.call(RawClient.READ, RawClient.DF, 0, 131072 + 512))
                    .isEqualTo(75);
            assertThat(structured.call(RawClient.READ, RawClient.DF, 100, MIB)).isEqualTo(22);
        }
    }

    @Test
    void blockStatusSaysThatNothingIsKnown() throws IOException {
        serve(Completion.AT_ONCE);
        try (RawClient client = RawClient.greeted(served.socket)) {
            client.negotiateStructured();
            client.sendOption(RawClient.OPT_SET_META_CONTEXT, RawClient.metaContextRequest("", "base:allocation"));
            int id = client.receiveOptionReplies().get(0).buffer().getInt();
            client.go();
            client.sendCommand(RawClient.BLOCK_STATUS, RawClient.REQ_ONE, 9, 512, SIZE - 512);
            Reply reply = client.receiveReply();
            assertThat(reply.done()).isTrue();
            assertThat(reply.chunkType()).isEqualTo(5);
            ByteBuffer data = ByteBuffer.wrap(reply.data());
            assertThat(List.of(data.getInt(), data.getInt(), data.getInt(), data.remaining()))
                    .containsExactly(id, SIZE - 512, 0, 0);
            assertThat(client.call(RawClient.BLOCK_STATUS, 0, SIZE, 512)).isEqualTo(22);
        }
    }

    @Test
    void trimIsNeitherOfferedNorTakenWhereTheDeviceDoesNotDiscard() throws IOException {
        ObservedDevice plain = ObservedDevice.ofMiB(1);
        plain.withoutDiscard = true;
        plain.keepSubmitted = true;
        serve(plain, settings -> settings);
        try (RawClient client = RawClient.greeted(served.socket)) {
            ByteBuffer export = client.go().get(0);
            int flags = export.getShort(export.position() + Long.BYTES);
            int sendTrim = 1 << 5;
            assertThat(flags & sendTrim).isZero();
            assertThat(client.call(RawClient.TRIM, 0, 0, 4096)).isEqualTo(22);
        }
        assertThat(device.submitted).isEmpty();
    }

    @Test
    void requestsReachTheDeviceAsTheyWereMeant() throws IOException {
        serve(Completion.AT_ONCE);
        device.keepSubmitted = true;
        try (RawClient client = client(true)) {
            client.call(RawClient.FLUSH, RawClient.FUA, 0, 0);
            client.call(RawClient.TRIM, 0, 1024, 2 * MIB);
            client.call(RawClient.TRIM, RawClient.FUA, 1024, 512);
            client.call(RawClient.WRITE_ZEROES, RawClient.NO_HOLE, 512, 3 * MIB);
            client.call(RawClient.WRITE_ZEROES, RawClient.FUA, 512, 512);
            client.call(RawClient.WRITE, 0, 512, 512, new byte[512]);
            client.call(RawClient.WRITE, RawClient.FUA, 0, Piece.MAX_BYTES + 512, new byte[Piece.MAX_BYTES + 512]);
            client.call(RawClient.READ, RawClient.FUA, 512, 512);
        }
        assertThat(device.submitted)
                .containsExactly(
                        new Submitted(Request.Op.FLUSH, 0, 0, false),
                        new Submitted(Request.Op.DISCARD, 1024, 2 * MIB, false),
                        new Submitted(Request.Op.DISCARD, 1024, 512, false),
                        new Submitted(Request.Op.FLUSH, 0, 0, false),
                        new Submitted(Request.Op.WRITE_ZEROES, 512, 3 * MIB, false),
                        new Submitted(Request.Op.WRITE_ZEROES, 512, 512, true),
                        new Submitted(Request.Op.WRITE, 512, 512, false),
                        new Submitted(Request.Op.WRITE, 0, Piece.MAX_BYTES, true),
                        new Submitted(Request.Op.WRITE, Piece.MAX_BYTES, 512, true),
                        new Submitted(Request.Op.READ, 512, 512, false));
    }

    @Test
    void wakeUpJustBeforeTheThreadSleepsIsNotLost() throws IOException {
        serve(Completion.WOKEN_LATE);
        try (RawClient client = client(true)) {
            for (int i = 0; i < 100; i++) {
                assertThat(client.call(RawClient.FLUSH, 0, 0, 0)).isZero();
            }
        }
    }

    @Test
    void stalledConnectionLetsItsThreadSleep() throws Exception {
        serve(new ObservedDevice(SIZE, 512, false, Completion.AT_ONCE), settings -> settings.withQueueThreads(1));
        device.hold();
        device.keepSubmitted = true;
        try (RawClient client = client(true)) {
            ByteBuffer commands = ByteBuffer.allocate(4000 * 28);
            for (int i = 0; i < 4000; i++) {
                commands.put(RawClient.command(RawClient.READ, 0, i, 0, 512));
            }
            client.send(commands.flip());
            Served.await("the queue depth", () -> device.submitted.size() == PiecePool.PIECES);
            // Commands that need no device, one after the other: the thread wakes up for each, and for nothing else,
            // though another's input waits.
            int calls = 500;
            try (RawClient other = client(true)) {
                long before = device.polls.get();
                for (int i = 0; i < calls; i++) {
                    assertThat(other.call(RawClient.CACHE, 0, 0, 512)).isEqualTo(22);
                }
                assertThat(device.polls.get() - before)
                        .as("rounds of the thread")
                        .isLessThan(4 * calls);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "READ,30,1",
        "READ,28,28",
        "READ,5,5",
        "READ,22,22",
        "READ,12,12",
        "READ,61,5",
        "READ,110,5",
        "WRITE,5,5",
        "WRITE,28,28",
        "WRITE,122,28",
        "WRITE_ZEROES,30,1",
        "TRIM,5,5",
        "FLUSH,5,5"
    })
    void errorsOfTheDeviceAreAnswered(String name, int errno, int error) throws IOException {
        serve(Completion.SHUFFLED);
        int type = List.of("READ", "WRITE", "DISC", "FLUSH", "TRIM", "CACHE", "WRITE_ZEROES")
                .indexOf(name);
        device.failAt(0, errno);
        for (boolean structured : new boolean[] {false, true}) {
            try (RawClient client = client(structured)) {
                int length = type == RawClient.FLUSH ? 0 : 4096;
                int expected = type == RawClient.FLUSH ? 0 : error;
                assertThat(client.call(type, 0, 0, length, new byte[type == RawClient.WRITE ? length : 0]))
                        .isEqualTo(expected);
                assertThat(client.call(RawClient.READ, 0, 8192, 4096)).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Completion.class)
    void errorInTheMiddleOfALargeRequestIsAnsweredOnce(Completion completion) throws IOException {
        serve(completion);
        device.failAt(MIB, Errno.EIO);
        for (boolean structured : new boolean[] {false, true}) {
            try (RawClient client = client(structured)) {
                assertThat(client.call(RawClient.WRITE, 0, 0, 2 * MIB, new byte[2 * MIB]))
                        .isEqualTo(5);
                assertThat(client.call(RawClient.READ, 0, 0, 3 * MIB)).isEqualTo(5);
                assertThat(client.call(RawClient.READ, 0, 4 * MIB, 3 * MIB)).isZero();
            }
        }
    }

    @Test
    void errorAfterTheHeadOfASimpleReplyHangsUp() throws IOException {
        serve(
                new ObservedDevice(SIZE, 512, false, Completion.AT_ONCE),
                settings -> settings.withMaxClients(2).withBufferBytes(2 * PageBuffer.BYTES));
        device.failAt(16 * MIB, Errno.EIO);
        try (RawClient client = client(false)) {
            client.sendCommand(RawClient.READ, 0, 1, 0, 32 * MIB);
            Assertions.assertThatThrownBy(client::receiveReply)
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("of " + 32 * MIB);
        }
        Served.await("the client to be gone", () -> served.frontEnd.openCount() == 0);
    }

    @Test
    void readOnlyDeviceRefusesWrites() throws IOException {
        serve(new ObservedDevice(MIB, 4096, true, Completion.AT_ONCE), settings -> settings);
        try (RawClient client = RawClient.greeted(served.socket)) {
            var infos = client.go();
            infos.get(0).getLong();
            assertThat(infos.get(0).getShort()).isEqualTo((short) 0b1_0000_1111);
            assertThat(infos.get(3).getInt()).isEqualTo(4096);
            assertThat(client.call(RawClient.WRITE, 0, 0, 4096, new byte[4096])).isEqualTo(1);
            assertThat(client.call(RawClient.WRITE_ZEROES, 0, 0, 4096)).isEqualTo(1);
            assertThat(client.call(RawClient.TRIM, 0, 0, 4096)).isEqualTo(1);
            assertThat(client.call(RawClient.READ, 0, 0, 512)).isEqualTo(22);
            assertThat(client.call(RawClient.READ, 0, 4096, 4096)).isZero();
            assertThat(client.call(RawClient.FLUSH, 0, 0, 0)).isZero();
        }
    }

    @Test
    void sizeIsCutToWholeBlocks() throws IOException {
        serve(new ObservedDevice(MIB + 512, 4096, false, Completion.AT_ONCE), settings -> settings);
        try (RawClient client = RawClient.greeted(served.socket)) {
            assertThat(client.go().get(0).getLong()).isEqualTo(MIB);
        }
    }

    @Test
    void wrongRequestMagicHangsUp() throws IOException {
        serve(Completion.AT_ONCE);
        try (RawClient client = client(true)) {
            client.send(ByteBuffer.allocate(28).putInt(0x25609514).clear());
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @Test
    void disconnectIsAnsweredByTheEndAfterAllReplies() throws IOException {
        serve(Completion.SHUFFLED);
        try (RawClient client = client(true)) {
            client.sendCommand(RawClient.WRITE, 0, 1, 0, 4096, random(4096, 3));
            client.sendCommand(RawClient.READ, 0, 2, 8192, 8 * MIB);
            client.sendCommand(RawClient.DISC, 0, 3, 0, 0);
            client.sendCommand(RawClient.READ, 0, 4, 0, 512);
            Set<Long> ended = new HashSet<>();
            while (ended.size() < 2) {
                Reply reply = client.receiveReply();
                if (reply.done()) {
                    ended.add(reply.cookie());
                }
            }
            assertThat(ended).containsExactlyInAnyOrder(1L, 2L);
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @Test
    void clientThatEndsItsSideGetsItsReplies() throws IOException {
        serve(Completion.SHUFFLED);
        try (RawClient client = client(false)) {
            client.sendCommand(RawClient.READ, 0, 1, 0, MIB);
            client.shutdownOutput();
            assertThat(client.receiveReply().data()).hasSize(MIB);
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 27, 28, 28 + 100, 28 + 4096, 28 + 300_000})
    void clientThatGoesInTheMiddleOfAWriteLeavesNothing(int sent) throws IOException {
        serve(Completion.SHUFFLED);
        for (int i = 0; i < 20; i++) {
            RawClient client = client(false);
            ByteBuffer command = RawClient.command(RawClient.WRITE, 0, 1, 0, MIB, new byte[MIB]);
            client.send(command.limit(sent));
            client.close();
        }
        Served.await("the clients to be gone", () -> served.frontEnd.openCount() == 0);
    }

    @Test
    void payloadMayComeByteByByte() throws IOException {
        serve(Completion.AT_ONCE);
        byte[] data = random(1024, 4);
        try (RawClient client = client(false)) {
            ByteBuffer command = RawClient.command(RawClient.WRITE, 0, 1, 512, 1024, data);
            while (command.hasRemaining()) {
                client.send(ByteBuffer.wrap(new byte[] {command.get()}));
            }
            assertThat(client.receiveReply().error()).isZero();
            assertThat(client.read(512, 1024)).isEqualTo(data);
        }
    }

    @Test
    void requestsOfAClientThatHasGoneStillEnd() throws IOException {
        serve(Completion.AT_ONCE);
        device.hold();
        device.keepSubmitted = true;
        RawClient gone = client(true);
        gone.sendCommand(RawClient.TRIM, RawClient.FUA, 1, 0, 512);
        gone.sendCommand(RawClient.WRITE, 0, 1, 512, 512, random(512, 8));
        Served.await("the requests to arrive", () -> device.submitted.size() == 2);
        gone.close();
        device.release();
        try (RawClient client = client(true)) {
            Served.await("the client to be gone", () -> served.frontEnd.openCount() == 1);
            assertThat(client.read(512, 512)).isEqualTo(random(512, 8));
        }
    }

    /** Also one from whom nothing more is read, since there is no room for it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 300})
    void clientThatIsGoneIsNotWaitedForWhereItsRequestsAre(int writes) throws Exception {
        serve(Completion.AT_ONCE);
        device.hold();
        device.givesUp = true;
        device.keepSubmitted = true;
        RawClient gone = client(true);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < writes; i++) {
                try {
                    gone.sendCommand(RawClient.WRITE, 0, i, 0, 65536, new byte[65536]);
                } catch (IOException e) {
                    // Closed in the middle of it.
                    return;
                }
            }
        });
        int room = Math.min(writes, (PiecePool.MAX_SPARE + 1) * PageBuffer.BYTES / 65536 - 4);
        Served.await("the requests to arrive", () -> device.submitted.size() >= room);
        gone.close();

        Served.await("the client to be gone", () -> served.frontEnd.openCount() == 0);

        sending.get();
        device.release();
        try (RawClient client = client(true)) {
            assertThat(client.write(0, random(4096, 5))).isZero();
        }
    }

    @Test
    void commandsOvertakeOnesThatWait() throws IOException {
        serve(Completion.AT_ONCE);
        device.hold();
        device.keepSubmitted = true;
        try (RawClient client = client(true)) {
            ByteBuffer commands = ByteBuffer.allocate(1000 * 28);
            for (int i = 0; i < 1000; i++) {
                commands.put(RawClient.command(RawClient.READ, 0, i, 512 * i, 512));
            }
            client.send(commands.flip());
            Served.await("the queue depth", () -> device.submitted.size() == PiecePool.PIECES);
            device.release();
            Set<Long> cookies = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                cookies.add(client.receiveReply().cookie());
            }
            assertThat(cookies).hasSize(1000);
        }
    }

    @Test
    void clientThatDoesNotTakeRepliesStallsOnlyItself() throws IOException {
        serve(
                new ObservedDevice(SIZE, 512, false, Completion.AT_ONCE),
                settings -> settings.withQueueThreads(1).withMaxClients(8).withBufferBytes(16 * PageBuffer.BYTES));
        byte[] data = random(MIB, 2);
        List<RawClient> stalled = new ArrayList<>();
        try (RawClient good = client(true)) {
            assertThat(good.write(0, data)).isZero();
            for (int i = 0; i < 7; i++) {
                RawClient client = client(i % 2 == 0);
                stalled.add(client);
                for (int j = 0; j < 150; j++) {
                    client.sendCommand(RawClient.READ, 0, j, 0, MIB);
                }
            }
            for (int i = 0; i < 200; i++) {
                assertThat(good.read(0, MIB)).isEqualTo(data);
            }
            for (int j = 0; j < 3; j++) {
                assertThat(stalled.get(1).receiveReply().data()).isEqualTo(data);
            }
        }
        for (RawClient client : stalled) {
            client.close();
        }
        Served.await("the clients to be gone", () -> served.frontEnd.openCount() == 0);
    }
}
