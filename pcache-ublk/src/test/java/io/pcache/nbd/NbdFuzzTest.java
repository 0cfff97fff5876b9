package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import io.pcache.frontend.ObservedDevice.Completion;
import io.pcache.nbd.RawClient.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random negotiations and commands that know the protocol's structure. Each test draws from a seed
 * ({@code -Dpcache.fuzz.seed}), which failures name; {@code -Dpcache.fuzz.scale=N} makes the runs N times longer.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class NbdFuzzTest {
    private static final long SEED = Long.getLong("pcache.fuzz.seed", 1);
    private static final int SCALE = Integer.getInteger("pcache.fuzz.scale", 1);
    private static final int SIZE = 1 << 20;
    private static final long[] EDGES = {
        0,
        1,
        255,
        511,
        512,
        513,
        4095,
        4096,
        131_072,
        SIZE - 512,
        SIZE - 1,
        SIZE,
        SIZE + 512L,
        32 << 20,
        (32 << 20) + 512,
        Integer.MAX_VALUE,
        0xffff_fe00L,
        0xffff_ffffL,
        1L << 32,
        Long.MAX_VALUE - 511,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -512,
        -1
    };

    @TempDir
    Path directory;

    /** Any bytes: the negotiation keeps to its memory and ends or asks for more, and never throws. */
    @Test
    void negotiationTakesAnyBytes() {
        for (long seed = SEED; seed < SEED + 50_000L * SCALE; seed++) {
            Random random = new Random(seed);
            ByteBuffer stream = mutated(random, options(random));
            try {
                negotiate(stream, () -> random.nextInt(4) > 0);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    static void negotiate(ByteBuffer stream, BooleanSupplier admit) {
        Negotiation negotiation = new Negotiation(new Export(SIZE, 512, 4096, false, true), admit);
        while (!negotiation.ended()) {
            ByteBuffer input = negotiation.input();
            assertThat(input.hasRemaining() && input.limit() <= Negotiation.MAX_OPTION_BYTES)
                    .isTrue();
            int count = Math.min(input.remaining(), stream.remaining());
            if (count == 0) {
                break;
            }
            input.put(stream.slice(stream.position(), count));
            stream.position(stream.position() + count);
            if (!input.hasRemaining()) {
                negotiation.advance();
                checkReplies(negotiation.output());
            }
        }
    }

    /** What is sent is whole option replies, or what ends the negotiation by EXPORT_NAME. */
    private static void checkReplies(ByteBuffer output) {
        ByteBuffer replies = output.duplicate();
        if (replies.remaining() == 10 || replies.remaining() == 134) {
            assertThat(replies.getLong()).isEqualTo(SIZE);
            return;
        }
        while (replies.hasRemaining()) {
            assertThat(replies.getLong()).isEqualTo(0x3e889045565a9L);
            replies.getLong();
            replies.position(replies.position() + Integer.BYTES + replies.getInt(replies.position()));
        }
    }

    static ByteBuffer options(Random random) {
        ByteBuffer stream =
                ByteBuffer.allocate(65536).putInt(random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(4));
        for (int i = random.nextInt(12); i > 0; i--) {
            byte[] data = optionData(random);
            int length = random.nextInt(30) == 0 ? (int) edge(random) : data.length;
            stream.putLong(0x49484156454f5054L)
                    .putInt(random.nextInt(12))
                    .putInt(length)
                    .put(data);
        }
        return stream.flip();
    }

    private static byte[] optionData(Random random) {
        String name = random.nextInt(4) == 0 ? "other" : "";
        return switch (random.nextInt(6)) {
            case 0, 1 -> new byte[0];
            case 2 -> RawClient.infoRequest(name, 3, random.nextInt(5));
            case 3 -> RawClient.metaContextRequest(name, random.nextBoolean() ? "base:allocation" : "base:", "x-a:b");
            case 4 -> {
                byte[] bytes = new byte[random.nextInt(random.nextInt(50) == 0 ? 9000 : 40)];
                random.nextBytes(bytes);
                yield bytes;
            }
            default -> RawClient.infoRequest(name);
        };
    }

    /** Flips, drops or repeats a few bytes, or cuts the end off. */
    static ByteBuffer mutated(Random random, ByteBuffer stream) {
        byte[] bytes = Arrays.copyOf(stream.array(), stream.limit());
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    int from = random.nextInt(bytes.length);
                    int count = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, count);
                }
            }
        }
        return ByteBuffer.wrap(bytes);
    }

    private static long edge(Random random) {
        return random.nextInt(8) == 0 ? random.nextLong() : EDGES[random.nextInt(EDGES.length)];
    }

    /**
     * Any commands, rightly framed: each is answered once, with the error that the protocol asks for or the right data.
     */
    @Test
    void everyCommandIsAnsweredRightly() throws IOException {
        ObservedDevice device = new ObservedDevice(SIZE, 512, false, Completion.SHUFFLED);
        byte[] model = new byte[SIZE];
        try (Served served = new Served(
                directory, device, settings -> settings.withMaxClients(8).withBufferBytes(10 * PageBuffer.BYTES))) {
            for (long seed = SEED; seed < SEED + 100L * SCALE; seed++) {
                Random random = new Random(seed);
                boolean structured = random.nextBoolean();
                try (RawClient client =
                        structured ? RawClient.structured(served.socket) : RawClient.simple(served.socket)) {
                    for (int round = 0; round < 20; round++) {
                        exchangeBatch(random, client, structured, model);
                    }
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed, e);
                }
            }
        }
    }

    private record Expected(int error, byte[] data) {}

    /**
     * Commands of a batch that are right touch a 64 KiB area each of their own, since they are carried out in any
     * order.
     */
    private static void exchangeBatch(Random random, RawClient client, boolean structured, byte[] model)
            throws IOException {
        int slots = 16;
        Map<Long, Expected> expected = new HashMap<>();
        for (int slot = 0; slot < slots; slot++) {
            boolean odd = random.nextInt(3) == 0;
            int type = odd && random.nextInt(4) == 0
                    ? random.nextInt(1 << 16)
                    : new int[] {0, 1, 3, 4, 6, 7}[random.nextInt(6)];
            if (type == RawClient.DISC) {
                continue;
            }
            int flags = odd && random.nextBoolean() ? 1 << random.nextInt(16) : 0;
            long offset = type == RawClient.FLUSH ? 0 : slot * 65536L + 512 * random.nextInt(64);
            long length = type == RawClient.FLUSH ? 0 : 512L * (1 + random.nextInt(64));
            if (odd && random.nextBoolean()) {
                offset = edge(random);
            } else if (odd && random.nextBoolean()) {
                length = (int) edge(random) & 0xffff_ffffL;
            }
            int error = expectedError(type, flags, offset, length, structured);
            boolean strays = offset / 65536 != slot || (offset & 65535) + length > 65536;
            if (error == 0 && type != RawClient.FLUSH && strays) {
                continue;
            }
            if (type == RawClient.WRITE && length > 1 << 20) {
                // Its payload would take too long to send.
                continue;
            }
            long cookie = random.nextLong();
            byte[] payload = new byte[type == RawClient.WRITE ? (int) length : 0];
            random.nextBytes(payload);
            expected.put(cookie, new Expected(error, apply(type, error, (int) offset, (int) length, payload, model)));
            client.sendCommand(type, flags, cookie, offset, length, payload);
        }
        while (!expected.isEmpty()) {
            Reply reply = client.receiveReply();
            Expected due = expected.get(reply.cookie());
            assertThat(due).as("a command that waits for this reply").isNotNull();
            // Reads of up to 64 KiB are answered in one chunk.
            assertThat(reply.done()).isTrue();
            assertThat(reply.error()).isEqualTo(due.error);
            if (due.data != null) {
                assertThat(reply.data()).isEqualTo(due.data);
            }
            expected.remove(reply.cookie());
        }
    }

    /** Changes the model; returns what a read is to bring. */
    private static byte[] apply(int type, int error, int offset, int length, byte[] payload, byte[] model) {
        if (error != 0) {
            return null;
        }
        switch (type) {
            case RawClient.READ -> {
                return Arrays.copyOfRange(model, offset, offset + length);
            }
            case RawClient.WRITE -> System.arraycopy(payload, 0, model, offset, length);
            case RawClient.TRIM, RawClient.WRITE_ZEROES -> Arrays.fill(model, offset, offset + length, (byte) 0);
            default -> {}
        }
        return null;
    }

    /** The protocol's rules once more, in other words. */
    private static int expectedError(int type, int flags, long offset, long length, boolean structured) {
        int allowed = 1;
        allowed |= type == RawClient.READ && structured ? RawClient.DF : 0;
        allowed |= type == RawClient.WRITE_ZEROES ? RawClient.NO_HOLE : 0;
        boolean known = type == RawClient.READ
                || type == RawClient.WRITE
                || type == RawClient.FLUSH
                || type == RawClient.TRIM
                || type == RawClient.WRITE_ZEROES;
        if (!known || (flags | allowed) != allowed) {
            return 22;
        }
        if (type == RawClient.FLUSH) {
            return offset == 0 && length == 0 ? 0 : 22;
        }
        boolean payload = type == RawClient.READ || type == RawClient.WRITE;
        if (length == 0 || length % 512 != 0 || offset % 512 != 0 || payload && length > 33_554_432) {
            return 22;
        }
        boolean outside = Long.compareUnsigned(offset, SIZE) > 0 || offset + length > SIZE;
        if (outside) {
            return type == RawClient.WRITE || type == RawClient.WRITE_ZEROES ? 28 : 22;
        }
        return (flags & RawClient.DF) != 0 && length > 131_072 ? 75 : 0;
    }

    /** Any bytes after a negotiation: the connection ends when the client's side does, and others are served. */
    @Test
    void anyBytesEndInADisconnectAtMost() throws IOException {
        try (Served served = new Served(
                        directory,
                        new ObservedDevice(SIZE, 512, false, Completion.SHUFFLED),
                        settings -> settings.withMaxClients(8)
                                .withBufferBytes(10 * PageBuffer.BYTES)
                                .withQueueThreads(1));
                RawClient good = RawClient.structured(served.socket)) {
            for (long seed = SEED; seed < SEED + 2_000L * SCALE; seed++) {
                Random random = new Random(seed);
                ByteBuffer stream = mutated(random, commands(random));
                try (RawClient client =
                        random.nextBoolean() ? RawClient.structured(served.socket) : RawClient.simple(served.socket)) {
                    sendAll(client, stream);
                    drain(client);
                }
                assertThat(good.call(RawClient.READ, 0, 0, 4096))
                        .as("seed " + seed)
                        .isZero();
            }
        }
    }

    static ByteBuffer commands(Random random) {
        ByteBuffer stream = ByteBuffer.allocate(1 << 18);
        for (int i = random.nextInt(30); i > 0; i--) {
            int type = random.nextInt(9);
            boolean odd = random.nextInt(4) == 0;
            long offset = odd ? edge(random) : 512L * random.nextInt(1000);
            long length = odd ? edge(random) : 512L * (1 + random.nextInt(8));
            byte[] payload = new byte[type == RawClient.WRITE ? (int) Math.min(length & 0xffff, 8192) : 0];
            stream.put(RawClient.command(
                    type, random.nextInt(4) == 0 ? random.nextInt(64) : 0, i, offset, length, payload));
        }
        return stream.flip();
    }

    /**
     * The server may hang up meanwhile. Replies to this much fit in the socket's buffers or are cut off with the
     * connection.
     */
    static void sendAll(RawClient client, ByteBuffer stream) {
        try {
            client.channel().configureBlocking(false);
            ByteBuffer replies = ByteBuffer.allocate(1 << 16);
            while (stream.hasRemaining()) {
                client.channel().write(stream);
                if (client.channel().read(replies.clear()) < 0) {
                    return;
                }
            }
            client.channel().configureBlocking(true);
            client.shutdownOutput();
        } catch (IOException e) {
            // Hung up.
        }
    }

    static void drain(RawClient client) {
        try {
            client.channel().configureBlocking(true);
            ByteBuffer replies = ByteBuffer.allocate(1 << 16);
            while (client.channel().read(replies.clear()) >= 0) {
                // What the replies are is checked elsewhere.
            }
        } catch (IOException e) {
            // Hung up with data of ours unread.
        }
    }
}
