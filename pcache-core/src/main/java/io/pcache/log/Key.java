package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import java.nio.ByteBuffer;

/**
 * A key as read from a key-set. A flyweight: {@link #read} fills the same object anew. Not for use by several threads.
 */
public final class Key {
    /** Byte offset on the backing device. */
    public long offset;
    /** In bytes. */
    public int length;

    public int flags;
    public int segment;
    /** Where in the segment's data area the data lies, in bytes. */
    public int place;

    public long generation;
    public int dataCrc;
    /** Without a meaning: the kernel leaves bytes of its stack here. */
    public int reserved;

    /** Fills the fields from the bytes of a key. */
    public Key read(ByteBuffer source, int index) {
        offset = source.getLong(index + KeyLayout.OFFSET);
        length = source.getInt(index + KeyLayout.LENGTH);
        flags = source.getInt(index + KeyLayout.FLAGS);
        segment = source.getInt(index + KeyLayout.SEGMENT);
        place = source.getInt(index + KeyLayout.SEGMENT_OFFSET);
        generation = source.getLong(index + KeyLayout.GENERATION);
        dataCrc = source.getInt(index + KeyLayout.DATA_CRC);
        reserved = source.getInt(index + KeyLayout.RESERVED);
        return this;
    }

    public boolean isClean() {
        return (flags & KeyLayout.FLAG_CLEAN) != 0;
    }

    public int subtree() {
        return (int) (offset >>> DeviceLayout.SUBTREE_SHIFT);
    }

    /**
     * Checks every field that is used later as an index, a length or an address.
     *
     * @param segments segments of the cache
     * @param backingBytes size of the backing device
     * @return what is wrong, in words that name the field, the value found and what was expected; null if all is well
     */
    public String violation(int segments, long backingBytes) {
        if (length <= 0 || length > DeviceLayout.SUBTREE_BYTES || length % DeviceLayout.SECTOR_BYTES != 0) {
            return "key len " + Integer.toUnsignedString(length) + " is not a multiple of 512 from 512 to "
                    + DeviceLayout.SUBTREE_BYTES;
        }
        if (offset < 0 || offset > backingBytes - length) {
            return "key off " + Long.toUnsignedString(offset) + " + len " + length + " exceeds device size "
                    + backingBytes;
        }
        if (offset % DeviceLayout.SECTOR_BYTES != 0) {
            return "key off " + offset + " is not a multiple of 512";
        }
        if (offset >>> DeviceLayout.SUBTREE_SHIFT != offset + length - 1 >>> DeviceLayout.SUBTREE_SHIFT) {
            return "key off " + offset + " + len " + length + " crosses a 4 MiB boundary";
        }
        if ((flags & KeyLayout.FLAG_EMPTY) != 0) {
            return "key flags " + Integer.toHexString(flags) + " have the EMPTY bit";
        }
        if (segment < 0 || segment >= segments) {
            return "key cache_seg_id " + Integer.toUnsignedString(segment) + " is not below the number of segments "
                    + segments;
        }
        if (place < 0 || place > DeviceLayout.SEGMENT_DATA_BYTES - length) {
            return "key cache_seg_off " + Integer.toUnsignedString(place) + " + len " + length
                    + " exceeds a segment's data size " + DeviceLayout.SEGMENT_DATA_BYTES;
        }
        if (place % DeviceLayout.SECTOR_BYTES != 0) {
            return "key cache_seg_off " + place + " is not a multiple of 512";
        }
        return null;
    }
}
