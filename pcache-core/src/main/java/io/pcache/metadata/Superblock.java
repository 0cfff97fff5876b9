package io.pcache.metadata;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The superblock: what was read, and how it is written. The fields are not to be believed before {@link #isIntact}. The
 * number of segments is not to be believed even then.
 */
public final class Superblock {
    private final CacheMemory memory;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer content =
            ByteBuffer.allocateDirect(SuperblockLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    public Superblock(CacheMemory memory) {
        this.memory = memory;
    }

    /**
     * Reads the superblock. A predecessor may have stored it and been killed before it was durable. So its write-back
     * is started here; the caller drains and syncs before relying on it.
     *
     * @throws io.pcache.memory.CacheMemoryException when the device fails
     */
    public Superblock load() {
        memory.copyOut(DeviceLayout.SUPERBLOCK, content, 0, SuperblockLayout.BYTES);
        memory.writeBack(DeviceLayout.SUPERBLOCK, SuperblockLayout.BYTES);
        return this;
    }

    /** Whether there is no superblock, and nothing else in the place of the magic. */
    public boolean isBlank() {
        return magic() == SuperblockLayout.MAGIC_BLANK;
    }

    public boolean hasMagic() {
        return magic() == SuperblockLayout.MAGIC_VALUE;
    }

    /** Whether a big-endian machine formatted the device. */
    public boolean isBigEndian() {
        return Long.reverseBytes(magic()) == SuperblockLayout.MAGIC_VALUE
                || hasMagic() && isIntact() && (flags() & SuperblockLayout.FLAG_BIG_ENDIAN) != 0;
    }

    /** Whether the checksum holds. */
    public boolean isIntact() {
        return storedChecksum() == computedChecksum();
    }

    public int storedChecksum() {
        return content.getInt(SuperblockLayout.CRC);
    }

    public int computedChecksum() {
        return checksum.of(
                content, SuperblockLayout.CHECKSUMMED, SuperblockLayout.BYTES - SuperblockLayout.CHECKSUMMED);
    }

    public int flags() {
        return content.getInt(SuperblockLayout.FLAGS);
    }

    public long magic() {
        return content.getLong(SuperblockLayout.MAGIC);
    }

    /** Number of segments that the device has room for, as the formatting program has counted them. */
    public int segNum() {
        return content.getInt(SuperblockLayout.SEG_NUM);
    }

    /** The kernel does not write these bytes: they are what the device held before. The checksum covers them. */
    public int padding() {
        return content.getInt(SuperblockLayout.PADDING);
    }

    /** Writes a superblock, durably. Everything that the superblock vouches for must be durable before. */
    public void store(int segNum) {
        for (int i = 0; i < SuperblockLayout.BYTES; i++) {
            content.put(i, (byte) 0);
        }
        content.putLong(SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_VALUE);
        content.putInt(SuperblockLayout.SEG_NUM, segNum);
        content.putInt(SuperblockLayout.CRC, computedChecksum());
        // The magic comes last, in one store that is never torn. While the magic is missing, the device is blank,
        // whatever stands around it.
        content.putLong(SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_BLANK);
        memory.copyIn(DeviceLayout.SUPERBLOCK, content, 0, SuperblockLayout.BYTES);
        sync();
        content.putLong(SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_VALUE);
        memory.putLong(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_VALUE);
        memory.writeBack(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC, Long.BYTES);
        sync();
    }

    private void sync() {
        memory.drain();
        memory.sync();
    }
}
