package io.pcache.server.socket;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.listen.Place;
import io.pcache.listen.SelectorServer;
import io.pcache.server.device.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.Arrays;

/**
 * One client of the control socket: reads a request, has the request handled, writes the reply, and begins again.
 * Belongs to the server's thread, to which {@link Answer} posts.
 */
final class ControlConnection implements SelectorServer.Client {
    private static final byte[] EMPTY = {};
    /** What each connection may hold, whatever the others hold: enough for an ordinary request. */
    private static final int FREE_BYTES = 4096;

    private final ControlServer server;
    private final Place place;

    private byte[] received = EMPTY;
    private int receivedBytes;
    /** Bytes known to hold no newline, so that a request in small pieces is not searched again for each. */
    private int searchedBytes;
    /** The client will send no more, but may still want the reply. */
    private boolean inputEnded;
    /** The end of input has been seen behind what was read last. */
    private boolean left;

    /** The request that is being handled; null while a request is awaited or a reply is being sent. */
    private Answer answer;

    private ByteBuffer reply;
    private Runnable afterReply;
    private boolean closed;

    ControlConnection(ControlServer server, Place place) {
        this.server = server;
        this.place = place;
    }

    @Override
    public boolean isAwaited() {
        return answer == null;
    }

    @Override
    public void ready() throws IOException {
        if (place.isWritable()) {
            writeReply();
        }
        if (!closed && place.isReadable()) {
            read();
        }
    }

    private void read() throws IOException {
        ByteBuffer bytes = server.readBuffer();
        int count = place.channel().read(bytes);
        if (count < 0) {
            endOfInput();
            return;
        }
        if (count == 0) {
            return;
        }
        if (!append(bytes.flip())) {
            close();
            return;
        }
        // Whether the client has gone already, as happens while this process is stopped. The next read tells whether
        // the
        // client is only done with sending.
        count = place.channel().read(server.readBuffer());
        left = count < 0;
        if (count > 0 && !append(bytes.flip())) {
            close();
            return;
        }
        // Bytes do not make a connection active, whole requests do: a byte a second would hold its place for ever.
        nextRequest();
    }

    private void endOfInput() {
        if (answer == null) {
            close();
            return;
        }
        // The client has gone, or is only done with sending: what waits is ended, and the attempt to answer shows which
        // of the two.
        inputEnded = true;
        place.await(0);
        answer.cancellation.request();
    }

    /** @return false when the client has sent more than may be held for it */
    private boolean append(ByteBuffer bytes) {
        int needed = receivedBytes + bytes.remaining();
        if (needed > received.length) {
            int size = Math.max(Math.max(needed, FREE_BYTES), Math.min(received.length * 2, JsonCodec.MAX_FRAME_BYTES));
            if (needed > JsonCodec.MAX_FRAME_BYTES || !server.reserve(counted(size) - counted(received.length))) {
                return false;
            }
            received = Arrays.copyOf(received, size);
        }
        int length = bytes.remaining();
        bytes.get(received, receivedBytes, length);
        receivedBytes += length;
        return true;
    }

    private static int counted(int size) {
        return Math.max(0, size - FREE_BYTES);
    }

    private void nextRequest() {
        if (answer != null || reply != null) {
            return;
        }
        int newline = searchedBytes;
        while (newline < receivedBytes && received[newline] != '\n') {
            newline++;
        }
        searchedBytes = newline;
        if (newline == receivedBytes) {
            return;
        }
        answer = new Answer();
        place.active();
        server.request(received, newline, answer, left);
        consume(newline + 1);
    }

    private void consume(int bytes) {
        receivedBytes -= bytes;
        searchedBytes = 0;
        if (receivedBytes == 0) {
            server.release(counted(received.length));
            received = EMPTY;
        } else {
            System.arraycopy(received, bytes, received, 0, receivedBytes);
        }
    }

    /** Takes the handler's answer, from any thread. */
    private final class Answer implements RequestHandler.Exchange {
        private final Cancellation cancellation = new Cancellation();

        @Override
        public void reply(JsonObject object, Runnable afterwards) {
            byte[] frame = JsonCodec.frame(object);
            server.post(() -> send(this, frame, afterwards));
        }

        @Override
        public Cancellation cancellation() {
            return cancellation;
        }
    }

    private void send(Answer of, byte[] frame, Runnable afterwards) {
        if (closed || answer != of) {
            if (afterwards != null) {
                afterwards.run();
            }
            return;
        }
        answer = null;
        reply = ByteBuffer.wrap(frame);
        afterReply = afterwards;
        place.active();
        try {
            writeReply();
        } catch (IOException e) {
            close();
        }
    }

    private void writeReply() throws IOException {
        if (reply == null) {
            return;
        }
        place.channel().write(reply);
        if (reply.hasRemaining()) {
            // Nothing is read meanwhile: a client that does not take answers gets no further requests in.
            place.await(SelectionKey.OP_WRITE);
            return;
        }
        reply = null;
        place.await(inputEnded ? 0 : SelectionKey.OP_READ);
        Runnable then = afterReply;
        afterReply = null;
        if (then != null) {
            then.run();
        }
        nextRequest();
        if (inputEnded && answer == null) {
            close();
        }
    }

    private void close() {
        place.close();
    }

    @Override
    public void closed() {
        closed = true;
        server.release(counted(received.length));
        received = EMPTY;
        receivedBytes = 0;
        if (answer != null) {
            answer.cancellation.request();
        }
        if (afterReply != null) {
            Runnable then = afterReply;
            afterReply = null;
            then.run();
        }
    }
}
