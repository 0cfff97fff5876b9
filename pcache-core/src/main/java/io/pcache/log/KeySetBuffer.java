package io.pcache.log;

import io.pcache.media.Checksum;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A key-set in memory: open and filling, or sealed and on its way to the medium. Its place in the log is known from the
 * start.
 *
 * <pre>
 *  0         8           16         24       32
 *  +---------+-----------+----------+--------+------------------------------------+
 *  | number  | position  | hop from | keys   | key-set, {@link KeySetLayout}      |
 *  +---------+-----------+----------+--------+------------------------------------+
 * </pre>
 *
 * Where the memory outlives the process, the number says that position and hop are valid, and the count of keys says
 * how many keys are valid. So number and count are stored after what they speak for, with release semantics.
 */
public final class KeySetBuffer {
    static final long NO_HOP = -1;

    private static final int NUMBER = 0;
    private static final int POSITION = NUMBER + Long.BYTES;
    private static final int HOP_FROM = POSITION + Long.BYTES;
    private static final int KEYS = HOP_FROM + Long.BYTES;
    private static final int KEY_SET = KEYS + Long.BYTES;
    static final int SLOT_BYTES = KEY_SET + KeySetLayout.MAX_BYTES;
    private static final long NO_NUMBER = -1;

    /** Valid up to {@link #length} after {@link #finish}. */
    public final ByteBuffer bytes;

    private final ByteBuffer slot;
    /** Where in the log the key-set goes. */
    long position;
    /** Where the LAST key-set stands that leads here from the segment before; {@link #NO_HOP} if none does. */
    long hopFrom;

    int keys;
    /** When the first key came, by the clock. */
    long openedNanos;

    public KeySetBuffer() {
        this(ByteBuffer.allocateDirect(SLOT_BYTES));
    }

    /** @param slot {@link #SLOT_BYTES} of direct memory at an address that is a multiple of 8 */
    KeySetBuffer(ByteBuffer slot) {
        this.slot = slot.order(ByteOrder.LITTLE_ENDIAN);
        this.bytes = slot.slice(KEY_SET, KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Marks the buffer as holding no key-set. */
    void clear() {
        slot.putLong(NUMBER, NO_NUMBER);
    }

    /**
     * Begins a key-set, which has no keys yet.
     *
     * @param number of the key-set
     * @param position where in the log the key-set goes
     * @param hopFrom where a LAST key-set leads to the position, or {@link #NO_HOP}
     */
    public void open(long number, long position, long hopFrom) {
        this.position = position;
        this.hopFrom = hopFrom;
        this.keys = 0;
        // Until the last store, the slot has the number of an older key-set. That one is on the medium, so nobody asks
        // for its content any more.
        slot.putLong(POSITION, position).putLong(HOP_FROM, hopFrom).putLong(KEYS, 0);
        KeySetRing.LONG.setRelease(slot, NUMBER, number);
    }

    /**
     * Takes over from the memory what a predecessor has left there.
     *
     * @return false if the memory does not hold the key-set of this number
     */
    boolean load(long number) {
        if ((long) KeySetRing.LONG.getAcquire(slot, NUMBER) != number) {
            return false;
        }
        position = slot.getLong(POSITION);
        hopFrom = slot.getLong(HOP_FROM);
        keys = (int) Math.max(0, Math.min(KeySetLayout.MAX_KEYS, (long) KeySetRing.LONG.getAcquire(slot, KEYS)));
        return true;
    }

    /** Where the log goes on to this key-set: the place of the LAST key-set that leads here, or else its own place. */
    long start() {
        return hopFrom == NO_HOP ? position : hopFrom;
    }

    /** Where the log goes on behind this key-set. */
    long end() {
        return position + length();
    }

    /** Whether the key-set has {@link KeySetLayout#MAX_KEYS} keys. */
    public boolean isFull() {
        return keys == KeySetLayout.MAX_KEYS;
    }

    /** In bytes. */
    public int length() {
        return KeySetLayout.bytes(keys);
    }

    /** Adds a key, up to {@link KeySetLayout#MAX_KEYS}. The parameters are the fields of {@link Key}. */
    public void add(long offset, int length, int flags, int segment, int place, long generation, int dataCrc) {
        int at = KeySetLayout.key(keys);
        bytes.putLong(at + KeyLayout.OFFSET, offset);
        bytes.putInt(at + KeyLayout.LENGTH, length);
        bytes.putInt(at + KeyLayout.FLAGS, flags);
        bytes.putInt(at + KeyLayout.SEGMENT, segment);
        bytes.putInt(at + KeyLayout.SEGMENT_OFFSET, place);
        bytes.putLong(at + KeyLayout.GENERATION, generation);
        bytes.putInt(at + KeyLayout.DATA_CRC, dataCrc);
        bytes.putInt(at + KeyLayout.RESERVED, 0);
        keys++;
        KeySetRing.LONG.setRelease(slot, KEYS, (long) keys);
    }

    /** Fills in the header, when all keys are there. */
    public void finish(Checksum checksum) {
        bytes.putInt(KeySetLayout.KEY_NUM, keys);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        bytes.putLong(KeySetLayout.FLAGS, 0);
        bytes.putInt(
                KeySetLayout.CRC, checksum.of(bytes, KeySetLayout.CHECKSUMMED, length() - KeySetLayout.CHECKSUMMED));
    }

    /**
     * Makes a LAST key-set of the first {@link KeySetLayout#HEADER_BYTES} bytes.
     *
     * @param next the segment in which the log goes on
     */
    public static void fillLast(ByteBuffer bytes, int next, Checksum checksum) {
        bytes.putInt(KeySetLayout.NEXT_SEGMENT, next);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        bytes.putLong(KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
        bytes.putInt(
                KeySetLayout.CRC,
                checksum.of(bytes, KeySetLayout.CHECKSUMMED, KeySetLayout.HEADER_BYTES - KeySetLayout.CHECKSUMMED));
    }
}
