package io.pcache.nbd;

import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Peer;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A client past the negotiation. Commands are taken from the receive buffer one after the other. Where a piece, or
 * memory for a piece, is not to be had at the moment, the connection stalls: nothing more is read from the client until
 * replies have freed what is needed. Owned by one {@link QueueThread}; all methods are hot and do not allocate in
 * steady state.
 */
final class Connection {

    private enum Stage {
        /** A command's header comes next. */
        HEADER,
        /** {@link #command} is a READ; some of its pieces are still to be submitted. */
        READ,
        /**
         * {@link #command} is a READ in several pieces, and the reply has to be in order. No other command is begun
         * meanwhile.
         */
        ORDERED_READ,
        /** The payload of {@link #command} comes next. */
        PAYLOAD,
        /** The payload of {@link #command}, which has an error, comes next. */
        DISCARD,
        /** No command is begun any more. */
        ENDING
    }

    private final QueueThread thread;
    private final RequestQueue queue;
    private final Export export;
    private final ClientFeatures features;
    /** The end of the negotiation, which goes out before all replies. */
    private final ByteBuffer greeting;

    private final SocketChannel channel;
    private final SelectionKey key;

    private final PiecePool pool;
    private final ReplyQueue replies;
    /** Bytes that have arrived and are not yet taken, from position to limit. */
    private final ByteBuffer received;

    private final ByteBuffer[] scatter = new ByteBuffer[2];
    private NbdCommand freeCommands;

    private Stage stage = Stage.HEADER;
    private NbdCommand command;
    /** The part of a WRITE that is being filled; null between two parts. */
    private Piece filling;
    /** Whether the next step needs a piece, or memory, that is in use. */
    private boolean stalled;

    private boolean stopping;
    private boolean closed;
    private boolean released;
    /** Since when {@link #command} has not been able to go on; 0 if the command could. */
    private long heldNanos;
    /** Whether nothing is read from the client, so that the end of the client would not be seen. */
    private boolean deaf;
    /** Pieces that the request queue has, or that are in {@link #resubmit}. */
    private int inFlight;
    /** Pieces of TRIM commands with FUA: the trim is done, the flush is still to come. */
    private Piece resubmit;

    /** Whether the thread has this connection in the list of connections that are to go on. */
    boolean ready;

    Connection(
            QueueThread thread,
            SocketChannel channel,
            SelectionKey key,
            ClientFeatures features,
            ByteBuffer greeting,
            PageBufferPool buffers,
            PageBuffer home) {
        this.thread = thread;
        this.queue = thread.queue();
        this.export = thread.export();
        this.features = features;
        this.greeting = greeting;
        this.channel = channel;
        this.key = key;
        this.pool = new PiecePool(buffers, home, this);
        this.replies = new ReplyQueue(channel, pool, thread.gather());
        this.received = pool.receiveBuffer().limit(0);
    }

    /** Reads what the client has sent, as far as there is room, and begins the commands that are complete. */
    void receive() throws IOException {
        if (!wantsInput()) {
            return;
        }
        received.compact();
        long count;
        if (filling != null) {
            // The rest of a payload is read to its final place, and the bytes behind the payload are read by the same
            // call.
            scatter[0] = filling.window;
            scatter[1] = received;
            count = channel.read(scatter, 0, 2);
        } else {
            count = channel.read(received);
        }
        received.flip();
        if (count < 0) {
            // A client that has ended only the sending side still takes replies.
            stage = Stage.ENDING;
            closeIfGone();
        } else {
            parse();
        }
    }

    /** Goes on after requests have completed, or the client has taken replies. */
    void proceed() throws IOException {
        if (closed) {
            return;
        }
        submitFlushes();
        if (!isGreeted()) {
            channel.write(greeting);
        }
        if (isGreeted()) {
            replies.send();
        }
        if (stalled) {
            parse();
        }
        if (stage == Stage.ENDING && inFlight == 0 && replies.isEmpty()) {
            close();
        } else if (!ready) {
            setDeaf(!wantsInput());
            int interest = (wantsInput() ? SelectionKey.OP_READ : 0)
                    | (isGreeted() && replies.isEmpty() ? 0 : SelectionKey.OP_WRITE);
            if (interest != key.interestOps()) {
                key.interestOps(interest);
            }
        }
    }

    /** Begins no further command; commands under way end, and their replies are sent. */
    void stop() {
        stopping = true;
        if (stage != Stage.READ && stage != Stage.ORDERED_READ) {
            stage = Stage.ENDING;
        }
        thread.ready(this);
    }

    /**
     * Ends the connection at once. Requests that wait in the queue are given up. Other requests go on, without an
     * answer, and the memory is kept until these requests have ended.
     */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        setDeaf(false);
        for (; resubmit != null; resubmit = resubmit.next) {
            inFlight--;
        }
        queue.giveUp(request -> request instanceof Piece piece && piece.isOf(this));
        thread.closed(channel);
        releaseIfIdle();
    }

    /**
     * Ends the connection if the client is not there any more. Nobody takes replies then, and requests that wait would
     * wait for as long as a device fails.
     */
    void closeIfGone() {
        if (!closed && Peer.isGone(channel)) {
            close();
        }
    }

    boolean isDeaf() {
        return deaf;
    }

    private void setDeaf(boolean now) {
        if (deaf != now) {
            deaf = now;
            thread.deaf(now);
        }
    }

    private void releaseIfIdle() {
        if (inFlight == 0 && !released) {
            released = true;
            pool.close();
            thread.released(this);
        }
    }

    private boolean isGreeted() {
        return !greeting.hasRemaining();
    }

    private boolean wantsInput() {
        return isGreeted() && !stalled && (stage == Stage.HEADER || stage == Stage.PAYLOAD || stage == Stage.DISCARD);
    }

    private void parse() throws IOException {
        stalled = false;
        boolean more = true;
        while (more) {
            more = switch (stage) {
                case HEADER -> beginCommand();
                case READ -> submitRead();
                case ORDERED_READ -> submitOrderedRead();
                case PAYLOAD -> takePayload();
                case DISCARD -> discardPayload();
                case ENDING -> false;
            };
        }
    }

    /** Ends parsing until something in use has been freed. */
    private boolean stall() {
        stalled = true;
        if (heldNanos == 0) {
            heldNanos = System.nanoTime();
        }
        return false;
    }

    private boolean beginCommand() throws IOException {
        if (stopping) {
            stage = Stage.ENDING;
            return false;
        }
        if (received.remaining() < RequestHeader.SIZE) {
            return false;
        }
        if (!pool.hasPiece()) {
            return stall();
        }
        int at = received.position();
        if (received.getInt(at + RequestHeader.MAGIC) != RequestHeader.MAGIC_VALUE) {
            throw new ProtocolException("not an NBD request");
        }
        received.position(at + RequestHeader.SIZE);
        command = takeCommand();
        command.read(received, at);
        if (command.type == Protocol.CMD_DISC) {
            stage = Stage.ENDING;
            return false;
        }
        dispatch(export.check(command.type, command.flags, command.offset, command.length, features));
        return true;
    }

    private void dispatch(int error) {
        if (command.type == Protocol.CMD_WRITE) {
            command.error = error;
            stage = error == 0 ? Stage.PAYLOAD : Stage.DISCARD;
        } else if (error != 0) {
            answer(command, error);
        } else if (command.type == Protocol.CMD_READ) {
            stage = features.structured() || command.length <= Piece.MAX_BYTES ? Stage.READ : Stage.ORDERED_READ;
        } else if (command.type == Protocol.CMD_BLOCK_STATUS) {
            Piece piece = pool.take();
            ReplyHeader.undetermined(piece.head, command.cookie, command.length);
            reply(piece);
            giveCommand(command);
        } else {
            submit(pool.take(), wholeOp(command.type), command.length, null);
        }
    }

    private static Request.Op wholeOp(int type) {
        return switch (type) {
            case Protocol.CMD_FLUSH -> Request.Op.FLUSH;
            case Protocol.CMD_TRIM -> Request.Op.DISCARD;
            case Protocol.CMD_WRITE_ZEROES -> Request.Op.WRITE_ZEROES;
            default -> throw new IllegalStateException("command " + type + " passed the check");
        };
    }

    private boolean submitRead() {
        Piece piece = takePiece();
        if (piece == null) {
            return stall();
        }
        if (command.left == piece.bytes) {
            stage = Stage.HEADER;
        }
        submit(piece, Request.Op.READ, piece.bytes, piece);
        return true;
    }

    /**
     * Reads for a simple reply, which has one head and then all data in order. An error that is found after the head
     * was sent can only be told by hanging up. So all pieces are read first, if memory allows. Otherwise as many pieces
     * are read as fit, and the rest after these pieces have been sent.
     */
    private boolean submitOrderedRead() throws IOException {
        if (command.left > 0) {
            Piece piece = takePiece();
            if (piece != null) {
                command.append(piece);
                submit(piece, Request.Op.READ, piece.bytes, piece);
                return true;
            }
            if (inFlight == 0 && replies.isEmpty()) {
                sendOrderedRead();
            }
            // An error that was just answered has ended the command.
            return stage == Stage.HEADER || stall();
        }
        if (command.outstanding > 0) {
            return stall();
        }
        sendOrderedRead();
        return true;
    }

    private void sendOrderedRead() throws IOException {
        NbdCommand read = command;
        Piece piece = read.first;
        if (read.error != 0) {
            if (read.headSent) {
                throw new IOException("a read failed after a part of it had been sent");
            }
            while (piece != null) {
                Piece next = piece.next;
                pool.give(piece);
                piece = next;
            }
            answer(read, read.error);
            stage = Stage.HEADER;
            return;
        }
        while (piece != null) {
            Piece next = piece.next;
            if (read.headSent) {
                piece.head.limit(0);
            } else {
                ReplyHeader.simple(piece.head, read.cookie, 0);
                read.headSent = true;
            }
            reply(piece);
            piece = next;
        }
        read.first = null;
        if (read.left == 0) {
            giveCommand(read);
            stage = Stage.HEADER;
        }
    }

    private boolean takePayload() {
        if (filling == null) {
            filling = takePiece();
            if (filling == null) {
                return stall();
            }
        }
        ByteBuffer window = filling.window;
        int count = Math.min(received.remaining(), window.remaining());
        window.put(window.position(), received, received.position(), count);
        window.position(window.position() + count);
        received.position(received.position() + count);
        if (window.hasRemaining()) {
            return false;
        }
        Piece piece = filling;
        filling = null;
        if (command.left == piece.bytes) {
            stage = Stage.HEADER;
        }
        submit(piece, Request.Op.WRITE, piece.bytes, piece);
        return true;
    }

    private boolean discardPayload() {
        int count = (int) Math.min(received.remaining(), command.left);
        received.position(received.position() + count);
        command.left -= count;
        if (command.left > 0) {
            return false;
        }
        if (!pool.hasPiece()) {
            return stall();
        }
        answer(command, command.error);
        stage = Stage.HEADER;
        return true;
    }

    /** A piece for the next part of the command; null when there is none at the moment. */
    private Piece takePiece() {
        return pool.take((int) Math.min(command.left, Piece.MAX_BYTES));
    }

    /** Hands a part of the command to the request queue. The part may complete within this call. */
    private void submit(Piece piece, Request.Op op, long length, Piece data) {
        NbdCommand whole = command;
        piece.command = whole;
        long offset = whole.offset + whole.length - whole.left;
        whole.left -= length;
        whole.outstanding++;
        inFlight++;
        boolean fua = whole.fua() && (op == Request.Op.WRITE || op == Request.Op.WRITE_ZEROES);
        piece.prepare(op, offset, length, fua, data);
        if (heldNanos != 0) {
            piece.heldSince(heldNanos);
            heldNanos = 0;
        }
        queue.submit(piece);
    }

    /**
     * Takes a piece that has ended. Called from within {@link RequestQueue#submit} or {@link RequestQueue#poll}, so
     * nothing is submitted here.
     */
    void completed(Piece piece, int result) {
        NbdCommand whole = piece.command;
        if (result < 0 && whole.error == 0) {
            whole.error = Export.replyError(result);
        }
        if (piece.op() == Request.Op.DISCARD && whole.fua() && result >= 0 && !closed) {
            piece.next = resubmit;
            resubmit = piece;
            thread.ready(this);
            return;
        }
        inFlight--;
        whole.outstanding--;
        if (closed) {
            releaseIfIdle();
            return;
        }
        if (whole.type == Protocol.CMD_READ) {
            readCompleted(piece, whole);
        } else {
            pool.giveData(piece);
            finishOrGive(piece, whole);
        }
        thread.ready(this);
    }

    private void readCompleted(Piece piece, NbdCommand read) {
        if (read == command && stage == Stage.ORDERED_READ) {
            return;
        }
        if (read.error != 0) {
            // One error chunk, which is the last chunk.
            pool.giveData(piece);
            finishOrGive(piece, read);
            return;
        }
        if (features.structured()) {
            ReplyHeader.offsetData(piece.head, read.cookie, read.ended(), piece.offset(), piece.bytes);
        } else {
            ReplyHeader.simple(piece.head, read.cookie, 0);
        }
        reply(piece);
        if (read.ended()) {
            giveCommand(read);
        }
    }

    /** Makes the last piece of a command carry the reply. */
    private void finishOrGive(Piece piece, NbdCommand whole) {
        if (whole.ended()) {
            answer(piece, whole, whole.error);
        } else {
            pool.give(piece);
        }
    }

    private void answer(NbdCommand whole, int error) {
        answer(pool.take(), whole, error);
    }

    /** Ends a command with a reply that has no data. */
    private void answer(Piece piece, NbdCommand whole, int error) {
        boolean chunk =
                features.structured() && (whole.type == Protocol.CMD_READ || whole.type == Protocol.CMD_BLOCK_STATUS);
        if (chunk) {
            ReplyHeader.error(piece.head, whole.cookie, true, error);
        } else {
            ReplyHeader.simple(piece.head, whole.cookie, error);
        }
        reply(piece);
        giveCommand(whole);
    }

    private void reply(Piece piece) {
        if (piece.window != null) {
            piece.window.position(0);
        }
        replies.add(piece);
        thread.ready(this);
    }

    /**
     * Submits a flush for each TRIM with FUA that is done. The protocol wants FUA of a TRIM to cover the trimmed range,
     * and requests have FUA for writes only.
     */
    private void submitFlushes() {
        while (resubmit != null) {
            Piece piece = resubmit;
            resubmit = piece.next;
            piece.prepare(Request.Op.FLUSH, 0, 0, false, null);
            queue.submit(piece);
        }
    }

    private NbdCommand takeCommand() {
        NbdCommand taken = freeCommands;
        if (taken == null) {
            return new NbdCommand();
        }
        freeCommands = taken.next;
        return taken;
    }

    private void giveCommand(NbdCommand ended) {
        ended.next = freeCommands;
        freeCommands = ended;
    }
}
