package io.pcache.nbd;

import io.pcache.engine.Rehearsal;
import io.pcache.request.BlockDevice;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Serves a scratch device over NBD to a client within the process, so that the JIT compiles the front end, too, before
 * a real client comes. The client speaks the protocol as libnbd does, with structured replies. Its requests come alone
 * and in bunches.
 *
 * @param socket where the front end listens meanwhile; there must be no file of this name
 */
public record NbdRehearsal(Path socket) implements Rehearsal.Player {
    private static final int CLIENT_FLAGS = Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES;
    private static final int BUNCH = 32;
    private static final int BUNCHES_TO_ALONE = 4;
    private static final long BUFFER_BYTES = 4L << 20;
    private static final int SECTOR = 512;

    @Override
    public int play(BlockDevice device, long endNanos) throws IOException {
        NbdSettings settings = NbdSettings.defaults(socket)
                .withQueueThreads(1)
                .withMaxClients(1)
                .withBufferBytes(BUFFER_BYTES)
                .withFatal(failure -> {});
        try (NbdFrontEnd frontEnd = new NbdFrontEnd(settings)) {
            frontEnd.start(device);
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                return new Client(channel).play(device.sizeBytes(), endNanos);
            }
        }
    }

    /** The client's end of one connection. */
    private static final class Client {
        private final SocketChannel channel;
        private final DataInputStream in;
        private final ByteBuffer out = ByteBuffer.allocate(BUNCH * (RequestHeader.SIZE + SECTOR));
        private final byte[] payload = new byte[1 << 16];

        Client(SocketChannel channel) {
            this.channel = channel;
            this.in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16));
        }

        int play(long sizeBytes, long endNanos) throws IOException {
            negotiate();
            long seed = 1;
            int rounds = 0;
            int bunches = 0;
            while (rounds < Rehearsal.MAX_ROUNDS && System.nanoTime() < endNanos) {
                int count = ++bunches % BUNCHES_TO_ALONE == 0 ? 1 : BUNCH;
                for (int type : new int[] {Protocol.CMD_WRITE, Protocol.CMD_READ}) {
                    for (int i = 0; i < count; i++) {
                        request(
                                type,
                                ((seed + i) * 0x9E3779B97F4A7C15L >>> 33) % (sizeBytes / SECTOR) * SECTOR,
                                SECTOR);
                    }
                    exchange(count);
                }
                request(Protocol.CMD_FLUSH, 0, 0);
                exchange(1);
                seed += count;
                rounds += count;
            }
            request(Protocol.CMD_DISC, 0, 0);
            send();
            return rounds;
        }

        private void negotiate() throws IOException {
            in.readFully(payload, 0, Long.BYTES + Long.BYTES + Short.BYTES);
            out.putInt(CLIENT_FLAGS);
            option(Protocol.OPT_STRUCTURED_REPLY, 0);
            // The default export, and no information beyond what a server sends in any case.
            option(Protocol.OPT_GO, Integer.BYTES + Short.BYTES).putInt(0).putShort((short) 0);
            send();
            int acknowledged = 0;
            while (acknowledged < 2) {
                in.readLong();
                in.readInt();
                int reply = in.readInt();
                in.readFully(payload, 0, in.readInt());
                if (reply < 0) {
                    throw new IOException("an NBD option was refused: " + Integer.toHexString(reply));
                }
                acknowledged += reply == Protocol.REP_ACK ? 1 : 0;
            }
        }

        private ByteBuffer option(int option, int length) {
            return out.putLong(Protocol.OPTION_MAGIC).putInt(option).putInt(length);
        }

        private void request(int type, long offset, int length) {
            out.putInt(RequestHeader.MAGIC_VALUE)
                    .putShort((short) 0)
                    .putShort((short) type)
                    .putLong(0)
                    .putLong(offset)
                    .putInt(length);
            if (type == Protocol.CMD_WRITE) {
                out.put(payload, 0, length);
            }
        }

        private void send() throws IOException {
            out.flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            out.clear();
        }

        private void exchange(int replies) throws IOException {
            send();
            int left = replies;
            while (left > 0) {
                left -= reply() ? 1 : 0;
            }
        }

        /** Takes a reply; returns whether the request has no further reply. */
        private boolean reply() throws IOException {
            int magic = in.readInt();
            if (magic == ReplyHeader.SIMPLE_MAGIC) {
                check(in.readInt());
                in.readLong();
                return true;
            }
            if (magic != ReplyHeader.CHUNK_MAGIC) {
                throw new IOException("not a reply: " + Integer.toHexString(magic));
            }
            int flags = in.readShort();
            int type = in.readShort();
            in.readLong();
            in.readFully(payload, 0, in.readInt());
            check(type == (short) Protocol.REPLY_ERROR ? type : 0);
            return (flags & Protocol.REPLY_FLAG_DONE) != 0;
        }

        private static void check(int error) throws IOException {
            if (error != 0) {
                throw new IOException("a request failed: " + error);
            }
        }
    }
}
