package io.pcache.backing;

import java.nio.ByteBuffer;

/**
 * A cache device that is a disk, for transfers past the page cache: beside what a backing device can do, it tells and
 * chooses when a write is durable. Safe for use by any thread.
 */
public interface CacheDisk extends BackingDevice {
    /**
     * Whether a write is durable when it has ended: the device has no volatile cache, and no file system is between.
     * Where this is not known, no.
     */
    boolean writesAreDurable();

    /**
     * Writes, and returns when the bytes are durable, which says nothing of other writes. A disk that can write a lone
     * block durably (FUA) need not flush all of its cache for the block. The calling thread waits.
     *
     * @param offset a multiple of the logical block, as are {@code bufferIndex} and {@code length}
     * @throws java.io.UncheckedIOException when the device fails; what has arrived there is not known then
     */
    void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length);

    /**
     * Whether the device keeps its speed, and lasts longer, if it is told what is not needed: see {@link DiskQueue}.
     */
    boolean discardsCheaply();

    /**
     * Tells the device that the bytes of a range are not needed any more. The range may then hold anything, until it is
     * written. The calling thread waits. Once this method has returned, or thrown, the device changes nothing in the
     * range but for a write.
     *
     * @param offset a multiple of the logical block, as is {@code length}
     * @return false if something was in the way this time, and the range was left as it is
     * @throws java.io.UncheckedIOException when the device fails, or takes no discards
     */
    boolean discard(long offset, long length);
}
