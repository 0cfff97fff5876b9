package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An NBD client that sends what it is told, right or wrong, and takes replies apart. Numbers are written out on
 * purpose: they check ours.
 */
final class RawClient implements AutoCloseable {
    static final int OPT_EXPORT_NAME = 1;
    static final int OPT_ABORT = 2;
    static final int OPT_LIST = 3;
    static final int OPT_STARTTLS = 5;
    static final int OPT_INFO = 6;
    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_LIST_META_CONTEXT = 9;
    static final int OPT_SET_META_CONTEXT = 10;

    static final int REP_ACK = 1;
    static final int REP_SERVER = 2;
    static final int REP_INFO = 3;
    static final int REP_META_CONTEXT = 4;
    static final int REP_ERR_UNSUP = 0x80000001;
    static final int REP_ERR_POLICY = 0x80000002;
    static final int REP_ERR_INVALID = 0x80000003;
    static final int REP_ERR_UNKNOWN = 0x80000006;
    static final int REP_ERR_TOO_BIG = 0x80000009;

    static final int READ = 0;
    static final int WRITE = 1;
    static final int DISC = 2;
    static final int FLUSH = 3;
    static final int TRIM = 4;
    static final int CACHE = 5;
    static final int WRITE_ZEROES = 6;
    static final int BLOCK_STATUS = 7;

    static final int FUA = 1;
    static final int NO_HOLE = 2;
    static final int DF = 4;
    static final int REQ_ONE = 8;
    static final int FAST_ZERO = 16;

    record OptionReply(int option, int type, byte[] data) {
        ByteBuffer buffer() {
            return ByteBuffer.wrap(data);
        }
    }

    /** @param chunkType -1 for a simple reply */
    record Reply(long cookie, int error, boolean done, int chunkType, long offset, byte[] data) {}

    private final SocketChannel channel;
    private final Map<Long, Integer> simpleReadLengths = new HashMap<>();
    private boolean structured;

    private RawClient(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects, and takes nothing. */
    static RawClient connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return new RawClient(channel);
    }

    /** Connects, and goes as far as options. */
    static RawClient greeted(Path socket) throws IOException {
        RawClient client = connect(socket);
        ByteBuffer greeting = client.receive(18);
        assertThat(greeting.getLong()).isEqualTo(0x4e42444d41474943L);
        assertThat(greeting.getLong()).isEqualTo(0x49484156454f5054L);
        assertThat(greeting.getShort()).isEqualTo((short) 3);
        client.sendInt(3);
        return client;
    }

    static RawClient simple(Path socket) throws IOException {
        RawClient client = greeted(socket);
        client.go();
        return client;
    }

    static RawClient structured(Path socket) throws IOException {
        RawClient client = greeted(socket);
        client.negotiateStructured();
        client.go();
        return client;
    }

    void negotiateStructured() throws IOException {
        sendOption(OPT_STRUCTURED_REPLY);
        assertThat(receiveOptionReply().type()).isEqualTo(REP_ACK);
        structured = true;
    }

    /** Returns the INFO replies by their type. */
    Map<Integer, ByteBuffer> go() throws IOException {
        return infoOrGo(OPT_GO);
    }

    Map<Integer, ByteBuffer> infoOrGo(int option) throws IOException {
        sendOption(option, infoRequest("", 3));
        Map<Integer, ByteBuffer> infos = new HashMap<>();
        for (OptionReply reply : receiveOptionReplies()) {
            if (reply.type() == REP_INFO) {
                ByteBuffer data = reply.buffer();
                infos.put((int) data.getShort(), data);
            } else {
                assertThat(reply.type()).isEqualTo(REP_ACK);
            }
        }
        return infos;
    }

    static byte[] infoRequest(String name, int... infos) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + nameBytes.length + 2 * infos.length);
        data.putInt(nameBytes.length).put(nameBytes).putShort((short) infos.length);
        for (int info : infos) {
            data.putShort((short) info);
        }
        return data.array();
    }

    static byte[] metaContextRequest(String name, String... queries) {
        ByteBuffer data = ByteBuffer.allocate(4096);
        data.putInt(name.length()).put(name.getBytes(StandardCharsets.UTF_8)).putInt(queries.length);
        for (String query : queries) {
            data.putInt(query.length()).put(query.getBytes(StandardCharsets.UTF_8));
        }
        byte[] bytes = new byte[data.position()];
        data.get(0, bytes);
        return bytes;
    }

    void sendOption(int option, byte... data) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(16 + data.length);
        send(header.putLong(0x49484156454f5054L)
                .putInt(option)
                .putInt(data.length)
                .put(data)
                .flip());
    }

    OptionReply receiveOptionReply() throws IOException {
        ByteBuffer header = receive(20);
        assertThat(header.getLong()).isEqualTo(0x3e889045565a9L);
        int option = header.getInt();
        int type = header.getInt();
        return new OptionReply(option, type, receive(header.getInt()).array());
    }

    /** All replies up to the acknowledgement or error, which is the last. */
    List<OptionReply> receiveOptionReplies() throws IOException {
        List<OptionReply> replies = new ArrayList<>();
        OptionReply reply;
        do {
            reply = receiveOptionReply();
            replies.add(reply);
        } while (reply.type() != REP_ACK && reply.type() > 0);
        return replies;
    }

    static ByteBuffer command(int type, int flags, long cookie, long offset, long length, byte... payload) {
        ByteBuffer command = ByteBuffer.allocate(28 + payload.length);
        command.putInt(0x25609513).putShort((short) flags).putShort((short) type);
        return command.putLong(cookie)
                .putLong(offset)
                .putInt((int) length)
                .put(payload)
                .flip();
    }

    void sendCommand(int type, int flags, long cookie, long offset, long length, byte... payload) throws IOException {
        if (type == READ) {
            expectSimpleRead(cookie, (int) length);
        }
        send(command(type, flags, cookie, offset, length, payload));
    }

    /** How long the data is that follows a simple reply without error. */
    void expectSimpleRead(long cookie, int length) {
        simpleReadLengths.put(cookie, length);
    }

    /** A simple reply, or one chunk of a structured one. */
    Reply receiveReply() throws IOException {
        int magic = receive(4).getInt();
        if (magic == 0x67446698) {
            ByteBuffer header = receive(12);
            int error = header.getInt();
            long cookie = header.getLong();
            Integer length = simpleReadLengths.remove(cookie);
            assertThat(structured && length != null)
                    .as("a READ is answered by a structured reply")
                    .isFalse();
            return new Reply(
                    cookie,
                    error,
                    true,
                    -1,
                    0,
                    error == 0 && length != null ? receive(length).array() : new byte[0]);
        }
        assertThat(magic).isEqualTo(0x668e33ef);
        assertThat(structured).as("structured replies were negotiated").isTrue();
        ByteBuffer header = receive(16);
        boolean done = header.getShort() == 1;
        int type = Short.toUnsignedInt(header.getShort());
        long cookie = header.getLong();
        ByteBuffer payload = receive(header.getInt());
        if (done) {
            simpleReadLengths.remove(cookie);
        }
        return switch (type) {
            case 1 -> new Reply(cookie, 0, done, type, payload.getLong(), rest(payload));
            case 0x8001 -> new Reply(cookie, payload.getInt(), done, type, 0, rest(payload));
            default -> new Reply(cookie, 0, done, type, 0, rest(payload));
        };
    }

    private static byte[] rest(ByteBuffer buffer) {
        byte[] rest = new byte[buffer.remaining()];
        buffer.get(rest);
        return rest;
    }

    /** Sends a command and returns the error of its reply, which is the only one due. */
    int call(int type, int flags, long offset, long length, byte... payload) throws IOException {
        sendCommand(type, flags, 4711, offset, length, payload);
        Reply reply = receiveReply();
        while (!reply.done()) {
            reply = receiveReply();
        }
        assertThat(reply.cookie()).isEqualTo(4711);
        return reply.error();
    }

    int write(long offset, byte[] data) throws IOException {
        return call(WRITE, 0, offset, data.length, data);
    }

    /** Reads without error, of however many chunks. */
    byte[] read(long offset, int length) throws IOException {
        sendCommand(READ, 0, 4712, offset, length);
        byte[] data = new byte[length];
        Reply reply;
        int total = 0;
        do {
            reply = receiveReply();
            assertThat(reply.error()).isZero();
            int at = reply.chunkType() == -1 ? 0 : (int) (reply.offset() - offset);
            System.arraycopy(reply.data(), 0, data, at, reply.data().length);
            total += reply.data().length;
        } while (!reply.done());
        assertThat(total).isEqualTo(length);
        return data;
    }

    void sendInt(int value) throws IOException {
        send(ByteBuffer.allocate(4).putInt(value).flip());
    }

    void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    ByteBuffer receive(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("hung up after " + buffer.position() + " of " + length + " bytes");
            }
        }
        return buffer.flip();
    }

    /** Whether the server has hung up; waits until it has, or sends something. */
    boolean isHungUp() throws IOException {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            // With data of ours unread, the kernel reports the end as a reset.
            return true;
        }
    }

    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    SocketChannel channel() {
        return channel;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
