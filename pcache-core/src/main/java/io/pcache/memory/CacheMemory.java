package io.pcache.memory;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * The bytes of a cache device, and the means to make them durable.
 *
 * <p>All offsets are bytes from the start of the device. All integers are little-endian. Any thread may load and store.
 * Callers themselves keep writers of the same range apart.
 *
 * <p>Durability takes up to three steps, so that one code path serves persistent memory and the page cache alike:
 *
 * <ol>
 *   <li>{@link #writeBack} (done by {@link #copyIn} and {@link #zero} themselves) starts the way of stored bytes to the
 *       medium: a cache-line write-back on persistent memory, nothing on the page cache;
 *   <li>{@link #drain} waits until everything that <em>this thread</em> has started has arrived: a store fence on
 *       persistent memory, nothing on the page cache;
 *   <li>{@link #sync} makes durable what <em>any</em> thread stored before the call: nothing on persistent memory (the
 *       drain of the storing thread did it), {@code fdatasync} on the page cache, where this may take milliseconds.
 * </ol>
 *
 * Bytes are durable after all three steps, in this order. Without the steps, bytes may still become durable at any
 * moment, in any order: in units of 8 aligned bytes on persistent memory, of 512 bytes on the page cache.
 */
public interface CacheMemory extends AutoCloseable {

    /** What carries the bytes. This decides what durability costs. */
    enum Kind {
        /**
         * Persistent memory mapped with MAP_SYNC, or a device-DAX character device: no system call makes bytes durable.
         */
        DAX,
        /** A file or block device behind the page cache: {@link CacheMemory#sync} is a system call. */
        PAGE_CACHE,
        /** tmpfs, hugetlbfs, plain memory: nothing survives the machine; all three steps are free. */
        VOLATILE
    }

    Kind kind();

    /** One line for people: the device, its kind and how stores become durable. */
    String describe();

    /** The device's path, for asking others about the device; null where there is none. */
    default String path() {
        return null;
    }

    /** Size in bytes. */
    long size();

    /**
     * Checks that there is room for all that this device promises to hold. Changes nothing. To be called before the
     * first access: on tmpfs a load takes a page, too, and fails if there is none. A memory without a file has nothing
     * to check.
     *
     * @throws NoRoomException if a file has holes and its file system is too full to fill them
     * @throws CacheMemoryException when the device fails
     */
    default void requireRoom() throws NoRoomException {}

    /**
     * Gives each byte a place of its own, so that no store can meet a full file system later. Neither contents nor size
     * change. To be called before the first store. May take as long as it takes to allocate what is missing.
     *
     * @return false if there are holes and the file system cannot fill them ahead: stores may then fail
     * @throws NoRoomException as {@link #requireRoom}
     * @throws CacheMemoryException when the device fails
     */
    default boolean allocate() throws NoRoomException {
        return true;
    }

    /**
     * As {@link #allocate()}.
     *
     * @param done is told now and then how many bytes have their place
     */
    default boolean allocate(LongConsumer done) throws NoRoomException {
        return allocate();
    }

    /**
     * Checks, as far as possible ahead of time, that a range can be loaded and stored. Changes nothing. For memory
     * whose stores are the processor's own instructions: there, a page that the kernel cannot provide ends the process,
     * and this call reports an error instead. To be called before a store to a place that was not stored to for long.
     * Takes milliseconds for a segment. Does nothing where a failing store is an error of its own call.
     *
     * @throws CacheMemoryException if there is a bad place in the range
     */
    default void prepare(long offset, int length) {}

    byte getByte(long offset);

    int getInt(long offset);

    long getLong(long offset);

    /** Only stores: {@link #writeBack} has to follow. */
    void putInt(long offset, int value);

    /** Only stores: {@link #writeBack} has to follow. An aligned long is never torn. */
    void putLong(long offset, long value);

    /** Stores {@code length} bytes of {@code source} from {@code sourceIndex} and starts their write-back. */
    void copyIn(long offset, ByteBuffer source, int sourceIndex, int length);

    /** Loads {@code length} bytes into {@code target} at {@code targetIndex}. */
    void copyOut(long offset, ByteBuffer target, int targetIndex, int length);

    /** Stores zeros and starts their write-back. */
    void zero(long offset, int length);

    /** Starts the write-back of bytes that were stored by other means. */
    void writeBack(long offset, int length);

    /**
     * Waits for the write-backs that this thread has started (a store fence on persistent memory). The write-backs of
     * other threads are not covered. So each storing thread drains for itself before it tells another thread that its
     * bytes are durable.
     */
    void drain();

    /**
     * Makes durable all that was stored, and drained by its storing thread, before this call.
     *
     * @throws CacheMemoryException when the device fails; what has arrived is not known then
     */
    void sync();

    /**
     * Bytes that the medium writes at least, whatever is stored: a page of the page cache, or else a line of 64 bytes.
     */
    default int storeUnitBytes() {
        return kind() == Kind.PAGE_CACHE ? 4096 : 64;
    }

    /**
     * Fails if someone has cut the device's file short, even if a write has made it longer again since, with holes in
     * place of what it held. To be called after a transfer past this memory.
     *
     * @throws CacheMemoryException from then on always
     */
    default void requireWhole() {}

    /** Whether {@link #sync} is a system call that can take long, so that callers should share a call. */
    boolean syncIsSlow();

    /**
     * The checksum of {@code length} bytes in the media format's own form (see {@link io.pcache.media.Checksum}).
     *
     * @throws CacheMemoryException when the device fails
     */
    int checksum(long offset, int length);

    /**
     * The address of a byte in this process, for system calls that copy from or to the mapping. The mapping is one
     * range: address(offset) + n is address(offset + n). 0 where there is no address (simulated memory).
     */
    long address(long offset);

    /** Unmaps. Nothing may use this memory afterwards. */
    @Override
    void close();
}
