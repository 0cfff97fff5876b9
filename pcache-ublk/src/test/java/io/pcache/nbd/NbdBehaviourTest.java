package io.pcache.nbd;

import io.pcache.frontend.FrontEnd;
import io.pcache.frontend.FrontEndClient;
import io.pcache.frontend.FrontEndSuite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The front ends' suite over NBD. */
class NbdBehaviourTest extends FrontEndSuite {
    private static final int READ_ONLY = 1 << 1;
    private static final int SEND_TRIM = 1 << 5;

    @TempDir
    Path directory;

    private Path socket() {
        return directory.resolve("nbd");
    }

    @Override
    protected FrontEnd make(Runnable onLastClose) {
        return new NbdFrontEnd(
                NbdSettings.defaults(socket()).withQueueThreads(2).withOnLastClose(onLastClose));
    }

    @Override
    protected FrontEndClient connect(FrontEnd frontEnd) throws IOException {
        return new Client(RawClient.greeted(socket()));
    }

    @Override
    protected AutoCloseable hold(FrontEnd frontEnd) throws IOException {
        return RawClient.simple(socket());
    }

    @Override
    protected List<String> remains() {
        return List.of(directory.toFile().list());
    }

    private static final class Client implements FrontEndClient {
        private final RawClient raw;
        private final Features features;

        Client(RawClient raw) throws IOException {
            this.raw = raw;
            Map<Integer, ByteBuffer> infos = raw.go();
            ByteBuffer export = infos.get(0);
            long size = export.getLong();
            int flags = export.getShort();
            int block = infos.get(3).getInt();
            this.features = new Features(size, block, (flags & READ_ONLY) != 0, (flags & SEND_TRIM) != 0);
        }

        @Override
        public Features features() {
            return features;
        }

        @Override
        public int write(long offset, byte[] data, boolean fua) throws IOException {
            return raw.call(RawClient.WRITE, fua ? RawClient.FUA : 0, offset, data.length, data);
        }

        @Override
        public int read(long offset, byte[] into) throws IOException {
            raw.sendCommand(RawClient.READ, 0, 1, offset, into.length);
            RawClient.Reply reply = raw.receiveReply();
            System.arraycopy(reply.data(), 0, into, 0, reply.data().length);
            return reply.error();
        }

        @Override
        public int flush() throws IOException {
            return raw.call(RawClient.FLUSH, 0, 0, 0);
        }

        @Override
        public int zero(long offset, long length) throws IOException {
            return raw.call(RawClient.WRITE_ZEROES, 0, offset, length);
        }

        @Override
        public int discard(long offset, long length) throws IOException {
            return raw.call(RawClient.TRIM, 0, offset, length);
        }

        @Override
        public void close() throws IOException {
            raw.close();
        }
    }
}
