package io.pcache.identity;

import io.pcache.media.Checksum;
import io.pcache.media.IdentityLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The identity record of a cache device: the content that was read, and the way to write the record. The record's place
 * may hold bytes from the time before the device was a cache. Such bytes stay until somebody insists. Not safe for use
 * by several threads.
 */
public final class IdentityRecord {

    /** What stands in the record's place. */
    public enum State {
        /** Zeros, or the rest of a torn first write. */
        NONE,
        VALID,
        /** A record of a version that this version does not know. */
        NEWER,
        /** Something else, or bytes that the device fails to read. */
        FOREIGN
    }

    private static final String ID = "id ";
    private static final String SIGNATURE = "signature ";
    private static final String PATH = "path ";

    private final CacheMemory memory;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(IdentityLayout.COPY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private State state = State.NONE;
    /** The copy that holds the newest record. */
    private int newest = IdentityLayout.COPIES - 1;

    private int seq;
    private UUID uuid;
    private DeviceIdentity backing;
    private long inUseSince;
    private boolean writtenThrough;

    private IdentityRecord(CacheMemory memory) {
        this.memory = memory;
    }

    /** Reads the newest copy that is whole. Never fails. */
    public static IdentityRecord load(CacheMemory memory) {
        IdentityRecord record = new IdentityRecord(memory);
        for (int copy = 0; copy < IdentityLayout.COPIES; copy++) {
            record.take(copy);
        }
        return record;
    }

    private void take(int copy) {
        State found = read(copy);
        if (found == State.VALID
                && (state != State.VALID || bytes.getInt(IdentityLayout.SEQ) - seq > 0)
                && state != State.NEWER) {
            state = found;
            newest = copy;
            decode();
        } else if (found == State.NEWER || found == State.FOREIGN && state == State.NONE) {
            state = found;
        }
    }

    private State read(int copy) {
        if (memory.size() < IdentityLayout.copy(copy) + IdentityLayout.COPY_BYTES) {
            return State.FOREIGN;
        }
        try {
            memory.copyOut(IdentityLayout.copy(copy), bytes, 0, IdentityLayout.COPY_BYTES);
        } catch (CacheMemoryException unreadable) {
            return State.FOREIGN;
        }
        if (bytes.getLong(IdentityLayout.MAGIC) != IdentityLayout.MAGIC_VALUE) {
            return isZero() ? State.NONE : State.FOREIGN;
        }
        int length = bytes.getInt(IdentityLayout.LENGTH);
        if (length < IdentityLayout.TEXT
                || length > IdentityLayout.MAX_BYTES
                || bytes.getInt(IdentityLayout.CRC)
                        != checksum.of(bytes, IdentityLayout.CHECKSUMMED, length - IdentityLayout.CHECKSUMMED)) {
            return State.NONE;
        }
        int text = bytes.getInt(IdentityLayout.TEXT_LENGTH);
        return bytes.getShort(IdentityLayout.VERSION) != IdentityLayout.VERSION_VALUE
                        || text < 0
                        || text > length - IdentityLayout.TEXT
                ? State.NEWER
                : State.VALID;
    }

    private boolean isZero() {
        for (int i = 0; i < IdentityLayout.COPY_BYTES; i += Long.BYTES) {
            if (bytes.getLong(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void decode() {
        seq = bytes.getInt(IdentityLayout.SEQ);
        // Only this field is stored in the byte order in which people read it.
        uuid = new UUID(
                Long.reverseBytes(bytes.getLong(IdentityLayout.UUID)),
                Long.reverseBytes(bytes.getLong(IdentityLayout.UUID + Long.BYTES)));
        inUseSince = bytes.getLong(IdentityLayout.IN_USE_SINCE);
        writtenThrough = (bytes.getShort(IdentityLayout.FLAGS) & IdentityLayout.FLAG_WRITTEN_THROUGH) != 0;
        byte[] text = new byte[bytes.getInt(IdentityLayout.TEXT_LENGTH)];
        bytes.get(IdentityLayout.TEXT, text);
        List<String> ids = new ArrayList<>();
        List<String> signatures = new ArrayList<>();
        String path = "";
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n")) {
            String printable = line.replaceAll("\\p{Cntrl}", "?");
            if (line.startsWith(ID)) {
                ids.add(printable.substring(ID.length()));
            } else if (line.startsWith(SIGNATURE)) {
                signatures.add(printable.substring(SIGNATURE.length()));
            } else if (line.startsWith(PATH)) {
                path = printable.substring(PATH.length());
            }
        }
        backing = new DeviceIdentity(bytes.getLong(IdentityLayout.BACKING_SECTORS), ids, signatures, path);
    }

    public State state() {
        return state;
    }

    /**
     * Whether there is a record that can be believed. Without such a record, the following methods have nothing to
     * give.
     */
    public boolean isValid() {
        return state == State.VALID;
    }

    /** The UUID of the cache. */
    public UUID uuid() {
        return uuid;
    }

    /** The backing device as it was noted. */
    public DeviceIdentity backing() {
        return backing;
    }

    /**
     * Since when a target has had the cache, in seconds since 1970; 0 while no target has the cache. After a crash, the
     * value is not 0 either.
     */
    public long inUseSince() {
        return inUseSince;
    }

    /**
     * Whether all dirty data of the cache was written through: everything that was flushed is, or has been, on the
     * backing device.
     */
    public boolean isWrittenThrough() {
        return writtenThrough;
    }

    /** Whether {@link #store} would overwrite nothing but an earlier record. */
    public boolean isWritable() {
        return state == State.NONE || state == State.VALID;
    }

    /**
     * Writes a record, durably, over the older copy.
     *
     * @throws CacheMemoryException if the device fails; the newest record is still there then
     */
    public void store(UUID cacheUuid, DeviceIdentity device, long since, boolean through) {
        int copy = (newest + 1) % IdentityLayout.COPIES;
        int next = seq + 1;
        encode(cacheUuid, device, since, through, next);
        memory.prepare(IdentityLayout.copy(copy), IdentityLayout.COPY_BYTES);
        memory.copyIn(IdentityLayout.copy(copy), bytes, 0, IdentityLayout.COPY_BYTES);
        memory.drain();
        memory.sync();
        boolean first = state != State.VALID;
        state = State.VALID;
        newest = copy;
        decode();
        if (first) {
            // Bytes that stood in the other place must not be met again when this copy is the older one.
            clear((copy + 1) % IdentityLayout.COPIES);
        }
    }

    private void clear(int copy) {
        memory.prepare(IdentityLayout.copy(copy), IdentityLayout.COPY_BYTES);
        memory.zero(IdentityLayout.copy(copy), IdentityLayout.COPY_BYTES);
        memory.drain();
        memory.sync();
    }

    /** Stores the present record with another use. Does nothing if there is no record. */
    public void storeUse(long since, boolean through) {
        if (isValid() && (inUseSince != since || writtenThrough != through)) {
            store(uuid, backing, since, through);
        }
    }

    private void encode(UUID cacheUuid, DeviceIdentity device, long since, boolean through, int number) {
        for (int i = 0; i < IdentityLayout.COPY_BYTES; i++) {
            bytes.put(i, (byte) 0);
        }
        byte[] text = text(device);
        int length = IdentityLayout.TEXT + text.length;
        bytes.putInt(IdentityLayout.LENGTH, length)
                .putLong(IdentityLayout.MAGIC, IdentityLayout.MAGIC_VALUE)
                .putShort(IdentityLayout.VERSION, (short) IdentityLayout.VERSION_VALUE)
                .putShort(IdentityLayout.FLAGS, (short) (through ? IdentityLayout.FLAG_WRITTEN_THROUGH : 0))
                .putInt(IdentityLayout.SEQ, number)
                .putLong(IdentityLayout.UUID, Long.reverseBytes(cacheUuid.getMostSignificantBits()))
                .putLong(IdentityLayout.UUID + Long.BYTES, Long.reverseBytes(cacheUuid.getLeastSignificantBits()))
                .putLong(IdentityLayout.BACKING_SECTORS, device.sectors())
                .putLong(IdentityLayout.IN_USE_SINCE, since)
                .putInt(IdentityLayout.TEXT_LENGTH, text.length)
                .put(IdentityLayout.TEXT, text);
        bytes.putInt(
                IdentityLayout.CRC,
                checksum.of(bytes, IdentityLayout.CHECKSUMMED, length - IdentityLayout.CHECKSUMMED));
    }

    /** Ids, which tell devices apart, come first: lines that do not fit any more are left out. */
    private static byte[] text(DeviceIdentity device) {
        StringBuilder text = new StringBuilder();
        device.ids().forEach(id -> append(text, ID + id));
        append(text, PATH + device.path());
        device.signatures().forEach(signature -> append(text, SIGNATURE + signature));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void append(StringBuilder text, String line) {
        String printable = line.replaceAll("\\p{Cntrl}", "?") + "\n";
        if ((text + printable).getBytes(StandardCharsets.UTF_8).length <= IdentityLayout.MAX_TEXT_BYTES) {
            text.append(printable);
        }
    }
}
