package io.pcache.metadata;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A structure of which the device holds two copies. {@link #load} takes the newer of the valid copies. {@link #store}
 * writes over the other one, so that a crash in the middle leaves the old content in force.
 *
 * <p>A flyweight: {@link #at} moves the object to another place. Not safe for use by several threads.
 */
public final class DuplicatedRecord {
    /** What {@link #load} found in the place of a copy. */
    public enum CopyState {
        /** Nothing but zeros: the copy was never written, or was wiped. */
        BLANK,
        VALID,
        /** The checksum does not hold. */
        DAMAGED,
        /** The device failed. */
        UNREADABLE
    }

    private final CacheMemory memory;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer content;
    private final ByteBuffer candidate;
    private final int spacing;
    private final int bytes;
    private long offset;
    private final CopyState[] states = new CopyState[DeviceLayout.COPIES];
    private int newest;
    private int validCopies;

    /**
     * @param offset device offset of copy 0
     * @param spacing bytes from copy 0 to copy 1
     * @param bytes size of the structure, header included
     */
    DuplicatedRecord(CacheMemory memory, long offset, int spacing, int bytes) {
        this.memory = memory;
        this.offset = offset;
        this.spacing = spacing;
        this.bytes = bytes;
        this.content = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.candidate = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        reset();
    }

    /**
     * Moves this object to another structure of the same kind. Until {@link #load}, the content is that of a record
     * that was never written.
     */
    public DuplicatedRecord at(long offset) {
        this.offset = offset;
        reset();
        return this;
    }

    private void reset() {
        for (int i = 0; i < bytes; i++) {
            content.put(i, (byte) 0);
        }
        Arrays.fill(states, CopyState.BLANK);
        // The first store goes to copy 1, as the kernel's first store does for all structures but the tails.
        newest = 0;
        validCopies = 0;
    }

    /**
     * Loads the newest valid copy.
     *
     * @return whether there is a valid copy; if not, the content is all zeros
     */
    public boolean load() {
        reset();
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            states[copy] = read(copy);
            if (states[copy] != CopyState.VALID) {
                continue;
            }
            if (validCopies == 0
                    || HeaderLayout.isNewer(candidate.get(HeaderLayout.SEQ), content.get(HeaderLayout.SEQ))) {
                content.put(0, candidate, 0, bytes);
                newest = copy;
            }
            validCopies++;
        }
        return validCopies > 0;
    }

    /**
     * Reads a copy into {@link #candidate} and checks it. A predecessor may have stored the copy and been killed before
     * the copy was durable. If such a copy were acted on, a power cut could still lose it. So its write-back is started
     * here; the caller drains and syncs before relying on the copy.
     */
    private CopyState read(int copy) {
        long place = place(copy);
        try {
            memory.copyOut(place, candidate, 0, bytes);
            memory.writeBack(place, bytes);
        } catch (CacheMemoryException unreadable) {
            // An unreadable copy counts like a damaged one: the other copy may be fine.
            return CopyState.UNREADABLE;
        }
        int expected = candidate.getInt(HeaderLayout.CRC);
        if (checksum.of(candidate, HeaderLayout.CHECKSUMMED, bytes - HeaderLayout.CHECKSUMMED) == expected) {
            return CopyState.VALID;
        }
        for (int i = 0; i < bytes; i++) {
            if (candidate.get(i) != 0) {
                return CopyState.DAMAGED;
            }
        }
        return CopyState.BLANK;
    }

    /**
     * Takes a copy for the content and for the newest one, whatever its checksum says. For tools that look at both
     * copies.
     *
     * @return what {@link #state} is for the copy
     */
    public CopyState loadCopy(int copy) {
        reset();
        states[copy] = read(copy);
        newest = copy;
        if (states[copy] != CopyState.UNREADABLE) {
            content.put(0, candidate, 0, bytes);
            validCopies = states[copy] == CopyState.VALID ? 1 : 0;
        }
        return states[copy];
    }

    /** After {@link #load}: what stands in the place of a copy. */
    public CopyState state(int copy) {
        return states[copy];
    }

    /** The copy that is in force, after a {@link #load} that found a valid copy. */
    public int newestCopy() {
        return newest;
    }

    /** Device offset of a copy. */
    public long place(int copy) {
        return offset + (long) copy * spacing;
    }

    /** Size of a copy. */
    public int bytes() {
        return bytes;
    }

    /** Whether only one copy is valid, so that the other may have been newer. */
    public boolean isHalf() {
        return validCopies == 1;
    }

    /**
     * Whether a copy could not be read at all. If no copy is valid then, it is not known whether the structure was ever
     * written.
     */
    public boolean isUnreadable() {
        return states[0] == CopyState.UNREADABLE || states[1] == CopyState.UNREADABLE;
    }

    public int getInt(int field) {
        return content.getInt(field);
    }

    public long getLong(int field) {
        return content.getLong(field);
    }

    public byte seq() {
        return content.get(HeaderLayout.SEQ);
    }

    public DuplicatedRecord setInt(int field, int value) {
        content.putInt(field, value);
        return this;
    }

    public DuplicatedRecord setLong(int field, long value) {
        content.putLong(field, value);
        return this;
    }

    /** Makes the next store go to the given copy, for structures whose first copy the kernel writes first. */
    public DuplicatedRecord nextCopy(int copy) {
        newest = 1 - copy;
        return this;
    }

    /** Writes the content over the older copy and makes it durable. */
    public void store() {
        storeUnsynced();
        memory.drain();
        memory.sync();
    }

    /**
     * Writes the content over the older copy. The caller drains and syncs before storing this structure again.
     *
     * @throws io.pcache.memory.CacheMemoryException if the device fails. If the device is known beforehand to fail
     *     there, nothing has changed
     */
    public void storeUnsynced() {
        int copy = 1 - newest;
        memory.prepare(place(copy), bytes);
        content.put(HeaderLayout.SEQ, (byte) (content.get(HeaderLayout.SEQ) + 1));
        content.put(HeaderLayout.VERSION, (byte) 0);
        content.putShort(HeaderLayout.RESERVED, (short) 0);
        content.putInt(
                HeaderLayout.CRC, checksum.of(content, HeaderLayout.CHECKSUMMED, bytes - HeaderLayout.CHECKSUMMED));
        memory.copyIn(place(copy), content, 0, bytes);
        newest = copy;
        states[copy] = CopyState.VALID;
        validCopies = DeviceLayout.COPIES;
    }
}
