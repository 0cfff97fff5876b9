package io.pcache.nbd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * The server's side of one fixed newstyle negotiation, without the socket. The caller fills {@link #input} to its
 * limit, calls {@link #advance}, sends all of {@link #output}, and so on until the negotiation has {@link #ended}. The
 * last output for an admitted client is left to the thread that serves the client. A negotiation never asks for more
 * bytes than belong to the next step, so that nothing of the transmission phase is read here.
 *
 * <p>The memory of a negotiation is fixed. An option that is longer than any sensible option is skipped and answered
 * with an error.
 */
final class Negotiation {
    /** The longest data of an option that is looked at; the longest name takes half of this. */
    static final int MAX_OPTION_BYTES = 8192;

    private static final int OPTION_HEADER_BYTES = Long.BYTES + 2 * Integer.BYTES;
    private static final int MAX_OUTPUT_BYTES = 512;
    /** The zeroes behind the reply to EXPORT_NAME, unless the client can do without them. */
    private static final int EXPORT_NAME_ZEROES = 124;

    private enum Step {
        CLIENT_FLAGS,
        OPTION_HEADER,
        OPTION_DATA,
        SKIP,
        TRANSMISSION,
        HANG_UP
    }

    private final Export export;
    private final BooleanSupplier admit;
    private final ByteBuffer input = ByteBuffer.allocate(MAX_OPTION_BYTES);
    private final ByteBuffer output = ByteBuffer.allocate(MAX_OUTPUT_BYTES);

    private Step step;
    private boolean noZeroes;
    private boolean structured;
    private boolean blockStatus;
    private int option;
    private long skip;

    /** @param admit asked once, when all else is right: whether there is room for another client */
    Negotiation(Export export, BooleanSupplier admit) {
        this.export = export;
        this.admit = admit;
        output.putLong(Protocol.INIT_MAGIC).putLong(Protocol.OPTION_MAGIC);
        output.putShort((short) (Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES)).flip();
        expect(Step.CLIENT_FLAGS, Integer.BYTES);
    }

    ByteBuffer input() {
        return input;
    }

    /** The output, ready to be sent. */
    ByteBuffer output() {
        return output;
    }

    /** Whether no more input is wanted. The rest of the output is still to be sent. */
    boolean ended() {
        return step == Step.TRANSMISSION || step == Step.HANG_UP;
    }

    /** Whether the client was admitted: commands come next. */
    boolean succeeded() {
        return step == Step.TRANSMISSION;
    }

    ClientFeatures features() {
        return new ClientFeatures(structured, blockStatus);
    }

    /** Takes the input, which is complete, and fills the output, which has been sent. */
    void advance() {
        input.flip();
        output.clear();
        switch (step) {
            case CLIENT_FLAGS -> takeClientFlags();
            case OPTION_HEADER -> takeOptionHeader();
            case OPTION_DATA -> takeOption();
            case SKIP -> skipMore();
            case TRANSMISSION, HANG_UP -> throw new IllegalStateException("the negotiation has ended");
        }
        output.flip();
    }

    private void expect(Step next, int bytes) {
        step = next;
        input.clear().limit(bytes);
    }

    private void nextOption() {
        expect(Step.OPTION_HEADER, OPTION_HEADER_BYTES);
    }

    private void takeClientFlags() {
        int flags = input.getInt();
        noZeroes = (flags & Protocol.NO_ZEROES) != 0;
        if ((flags & ~(Protocol.FIXED_NEWSTYLE | Protocol.NO_ZEROES)) != 0) {
            step = Step.HANG_UP;
        } else {
            nextOption();
        }
    }

    private void takeOptionHeader() {
        long magic = input.getLong();
        option = input.getInt();
        long length = Integer.toUnsignedLong(input.getInt());
        boolean tooLong = length > MAX_OPTION_BYTES;
        if (magic != Protocol.OPTION_MAGIC || tooLong && option == Protocol.OPT_EXPORT_NAME) {
            step = Step.HANG_UP;
        } else if (tooLong) {
            skip = length;
            skipMore();
        } else if (length > 0) {
            expect(Step.OPTION_DATA, (int) length);
        } else {
            input.limit(0).position(0);
            takeOption();
        }
    }

    private void skipMore() {
        if (step == Step.SKIP) {
            skip -= input.limit();
        }
        if (skip > 0) {
            expect(Step.SKIP, (int) Math.min(skip, MAX_OPTION_BYTES));
        } else {
            error(Protocol.REP_ERR_TOO_BIG, "option too long");
            nextOption();
        }
    }

    private void takeOption() {
        step = Step.OPTION_HEADER;
        switch (option) {
            case Protocol.OPT_EXPORT_NAME -> exportName();
            case Protocol.OPT_ABORT -> {
                acknowledge();
                step = Step.HANG_UP;
            }
            case Protocol.OPT_LIST -> list();
            case Protocol.OPT_INFO, Protocol.OPT_GO -> infoOrGo();
            case Protocol.OPT_STRUCTURED_REPLY -> structuredReply();
            case Protocol.OPT_LIST_META_CONTEXT, Protocol.OPT_SET_META_CONTEXT -> metaContext();
            case Protocol.OPT_STARTTLS -> error(Protocol.REP_ERR_UNSUP, "no TLS on a local socket");
            default -> error(Protocol.REP_ERR_UNSUP, "unknown option");
        }
        if (!ended()) {
            nextOption();
        }
    }

    /** Answers EXPORT_NAME, the old way to begin: no error can be answered, and no name but the empty name is known. */
    private void exportName() {
        if (input.hasRemaining() || !admit.getAsBoolean()) {
            step = Step.HANG_UP;
            return;
        }
        output.putLong(export.sizeBytes()).putShort((short) export.transmissionFlags(structured));
        if (!noZeroes) {
            output.put(new byte[EXPORT_NAME_ZEROES]);
        }
        step = Step.TRANSMISSION;
    }

    private void list() {
        if (input.hasRemaining()) {
            error(Protocol.REP_ERR_INVALID, "LIST has no data");
            return;
        }
        reply(Protocol.REP_SERVER, Integer.BYTES);
        output.putInt(Export.NAME.length());
        acknowledge();
    }

    private void structuredReply() {
        if (input.hasRemaining()) {
            error(Protocol.REP_ERR_INVALID, "STRUCTURED_REPLY has no data");
            return;
        }
        structured = true;
        acknowledge();
    }

    private void infoOrGo() {
        int nameBytes = takeName(Short.BYTES);
        if (nameBytes < 0
                || input.remaining()
                        != Short.BYTES + Short.BYTES * Short.toUnsignedInt(input.getShort(input.position()))) {
            error(Protocol.REP_ERR_INVALID, "malformed option");
        } else if (nameBytes > 0) {
            error(Protocol.REP_ERR_UNKNOWN, "no such export; the only one has the empty name");
        } else if (option == Protocol.OPT_GO && !admit.getAsBoolean()) {
            error(Protocol.REP_ERR_POLICY, "too many clients");
        } else {
            describeExport();
            acknowledge();
            step = option == Protocol.OPT_GO ? Step.TRANSMISSION : step;
        }
    }

    private void describeExport() {
        reply(Protocol.REP_INFO, Short.BYTES + Long.BYTES + Short.BYTES);
        output.putShort((short) Protocol.INFO_EXPORT);
        output.putLong(export.sizeBytes()).putShort((short) export.transmissionFlags(structured));
        // Sent also to a client that has not asked for the block size, as the protocol allows: the client should know
        // the size.
        reply(Protocol.REP_INFO, Short.BYTES + 3 * Integer.BYTES);
        output.putShort((short) Protocol.INFO_BLOCK_SIZE);
        output.putInt(export.minimumBlock()).putInt(export.preferredBlock()).putInt(Protocol.MAX_PAYLOAD_BYTES);
    }

    private void metaContext() {
        boolean set = option == Protocol.OPT_SET_META_CONTEXT;
        if (set) {
            blockStatus = false;
        }
        int nameBytes = takeName(Integer.BYTES);
        if (!structured || nameBytes < 0) {
            error(Protocol.REP_ERR_INVALID, structured ? "malformed option" : "structured replies come first");
            return;
        }
        long queries = Integer.toUnsignedLong(input.getInt());
        boolean matches = queries == 0 && !set;
        for (long i = 0; i < queries; i++) {
            String query = takeString();
            if (query == null) {
                error(Protocol.REP_ERR_INVALID, "malformed option");
                return;
            }
            matches |= query.equals(Protocol.BASE_ALLOCATION) || !set && query.equals("base:");
        }
        if (input.hasRemaining()) {
            error(Protocol.REP_ERR_INVALID, "malformed option");
        } else if (nameBytes > 0) {
            error(Protocol.REP_ERR_UNKNOWN, "no such export; the only one has the empty name");
        } else {
            if (matches) {
                byte[] name = Protocol.BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
                reply(Protocol.REP_META_CONTEXT, Integer.BYTES + name.length);
                output.putInt(set ? Protocol.BASE_ALLOCATION_ID : 0).put(name);
                blockStatus |= set;
            }
            acknowledge();
        }
    }

    /** Takes an export's name. At least {@code rest} bytes must follow the name. Returns the name's length, or -1. */
    private int takeName(int rest) {
        if (input.remaining() < Integer.BYTES + rest) {
            return -1;
        }
        long length = Integer.toUnsignedLong(input.getInt());
        if (length > Math.min(input.remaining() - rest, Protocol.MAX_STRING_BYTES)) {
            return -1;
        }
        input.position(input.position() + (int) length);
        return (int) length;
    }

    /** Takes a string behind its length; null when the string is cut off. */
    private String takeString() {
        if (input.remaining() < Integer.BYTES) {
            return null;
        }
        long length = Integer.toUnsignedLong(input.getInt());
        if (length > Math.min(input.remaining(), Protocol.MAX_STRING_BYTES)) {
            return null;
        }
        int from = input.position();
        input.position(from + (int) length);
        return new String(input.array(), from, (int) length, StandardCharsets.UTF_8);
    }

    private void acknowledge() {
        reply(Protocol.REP_ACK, 0);
    }

    /** @param message for people, in ASCII */
    private void error(int type, String message) {
        byte[] text = message.getBytes(StandardCharsets.US_ASCII);
        reply(type, text.length);
        output.put(text);
    }

    private void reply(int type, int length) {
        output.putLong(Protocol.OPTION_REPLY_MAGIC).putInt(option).putInt(type).putInt(length);
    }
}
