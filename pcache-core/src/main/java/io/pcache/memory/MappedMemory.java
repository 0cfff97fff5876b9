package io.pcache.memory;

import io.pcache.media.DeviceLayout;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * A cache device as one shared mapping of the whole device. {@link #open} finds out what kind the device is. Every
 * access is checked against the device's size, and raises {@link IndexOutOfBoundsException} before any memory is
 * touched.
 *
 * <p>Loads, stores, copies and checksums are hot: they neither allocate nor lock.
 *
 * <p>When the kernel cannot provide a page (file cut short, no space under a sparse file, read error, poisoned
 * persistent memory), the kernel raises SIGBUS. What follows:
 *
 * <ul>
 *   <li>PAGE_CACHE: copies and checksums go by system calls and raise {@link CacheMemoryException} at once.
 *   <li>DAX on JDK 17: loads, copies out and checksums go by system calls, too.
 *   <li>All else goes through the mapping, and the JVM turns the signal into an {@link InternalError}. On JDK 25,
 *       copies and checksums raise the error at once, as {@link CacheMemoryException}; single loads and stores may
 *       raise the InternalError itself, from the caller's frame. On JDK 17, all of these may go on with wrong bytes and
 *       raise the InternalError later, anywhere on the thread. So the code that runs a thread on a cache must take an
 *       InternalError for a failed cache device, and stop the cache.
 *   <li>VOLATILE on JDK 17: if the file was cut short, copies, checksums and syncs raise {@link CacheMemoryException}
 *       at once.
 *   <li>On DAX, copying in, zeroing and write-back run in libpmem, where SIGBUS ends the process. {@link #prepare}
 *       reports beforehand the pages where this would happen. Should a page become bad between that call and the store,
 *       the cache recovers as from any crash, and does not use the page again.
 * </ul>
 *
 * Checksums are computed over a copy: the JVM's checksum instructions on the mapping itself would end the process, too.
 */
public abstract class MappedMemory implements CacheMemory {
    // Behind the first 20480 bytes there is one buffer for each GiB. A GiB is a whole number of segments, so no segment
    // lies in two buffers.
    private static final int CHUNK_SHIFT = 30;
    private static final long CHUNK_BYTES = 1L << CHUNK_SHIFT;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
    private static final int HEAD_BYTES = (int) DeviceLayout.SEGMENTS;

    /** On this JDK, copies raise the error themselves. Nothing is known of the versions between 17 and this one. */
    private static final int FIRST_PROMPT_JDK = 25;

    /** Whether this JVM reports late that pages of a mapping are not there. */
    static final boolean FAULTS_COME_LATE = Runtime.version().feature() < FIRST_PROMPT_JDK;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private final Mapping mapping;
    private final long address;
    // Emptied by close, and volatile so that other threads see this: a late access then fails its bounds check. An
    // access that had passed its check before reaches memory that belongs to nobody (see Mapping).
    private volatile long size;
    private volatile ByteBuffer[] chunks;

    MappedMemory(Mapping mapping) {
        this.mapping = mapping;
        this.address = mapping.address();
        this.size = mapping.size();
        this.chunks = chunks(address, size);
    }

    /**
     * Opens a cache device for this process alone and maps it.
     *
     * @param path a block device, a regular file, or a device-DAX character device
     * @throws SystemCallException EBUSY if something else uses the device, EROFS if the device cannot be written,
     *     ENOTBLK if the path is nothing that can be a cache device, EINVAL if the device is empty, and what open(2)
     *     and mmap(2) give
     */
    public static MappedMemory open(String path) throws SystemCallException {
        return open(SystemCalls.linux(), path);
    }

    static MappedMemory open(SystemCalls calls, String path) throws SystemCallException {
        return of(Mapping.open(calls, path));
    }

    private static MappedMemory of(Mapping mapping) {
        try {
            return mapping.memory();
        } catch (RuntimeException | Error e) {
            mapping.closeAfter(e);
            throw e;
        }
    }

    /**
     * Zeroed memory of this process, to try things out. Loads, stores and drains are as for this cache device, and the
     * kind is the same. To be closed. Behind the page cache, the memory is a file without a name, and {@link #path}
     * leads to the file for as long as the memory is open.
     */
    public MappedMemory scratch(long sizeBytes) throws SystemCallException {
        return of(Mapping.anonymous(mapping, sizeBytes));
    }

    private static ByteBuffer[] chunks(long address, long size) {
        long body = Math.max(0, size - HEAD_BYTES);
        ByteBuffer[] chunks = new ByteBuffer[1 + (int) ((body + CHUNK_BYTES - 1) >>> CHUNK_SHIFT)];
        chunks[0] = NativeMemory.wrap(address, (int) Math.min(size, HEAD_BYTES));
        for (int i = 1; i < chunks.length; i++) {
            long start = (i - 1) * CHUNK_BYTES;
            chunks[i] = NativeMemory.wrap(address + HEAD_BYTES + start, (int) Math.min(CHUNK_BYTES, body - start));
        }
        return chunks;
    }

    @Override
    public Kind kind() {
        return mapping.kind();
    }

    @Override
    public String describe() {
        return mapping.path() + ": " + mapping.what() + ", " + size + " bytes; " + durability();
    }

    /** For {@link #describe}: how stores become durable. */
    abstract String durability();

    @Override
    public final String path() {
        return mapping.file() == null ? null : mapping.path();
    }

    /**
     * What an operator should know before trusting data to this device, as one line; null if there is nothing to say.
     */
    public String warning() {
        return mapping.warning();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void requireRoom() throws NoRoomException {
        if (mapping.file() != null) {
            mapping.file().requireRoom();
        }
    }

    @Override
    public boolean allocate() throws NoRoomException {
        return allocate(done -> {});
    }

    @Override
    public boolean allocate(LongConsumer done) throws NoRoomException {
        return mapping.file() == null || mapping.file().allocate(done);
    }

    private ByteBuffer chunk(long offset) {
        Objects.checkIndex(offset, size);
        return chunks[offset < HEAD_BYTES ? 0 : 1 + (int) ((offset - HEAD_BYTES) >>> CHUNK_SHIFT)];
    }

    private static int index(long offset) {
        return offset < HEAD_BYTES ? (int) offset : (int) (offset - HEAD_BYTES) & CHUNK_MASK;
    }

    // How many of length bytes, from offset on, lie in the same chunk.
    private static int piece(long offset, int length) {
        int room = offset < HEAD_BYTES ? HEAD_BYTES - (int) offset : (1 << CHUNK_SHIFT) - index(offset);
        return Math.min(room, length);
    }

    @Override
    public byte getByte(long offset) {
        try {
            return chunk(offset).get(index(offset));
        } catch (InternalError e) {
            throw fault(offset, Byte.BYTES, e);
        }
    }

    @Override
    public int getInt(long offset) {
        try {
            return chunk(offset).getInt(index(offset));
        } catch (InternalError e) {
            throw fault(offset, Integer.BYTES, e);
        }
    }

    @Override
    public long getLong(long offset) {
        try {
            return chunk(offset).getLong(index(offset));
        } catch (InternalError e) {
            throw fault(offset, Long.BYTES, e);
        }
    }

    @Override
    public void putInt(long offset, int value) {
        try {
            chunk(offset).putInt(index(offset), value);
        } catch (InternalError e) {
            throw fault(offset, Integer.BYTES, e);
        }
    }

    @Override
    public void putLong(long offset, long value) {
        try {
            chunk(offset).putLong(index(offset), value);
        } catch (InternalError e) {
            throw fault(offset, Long.BYTES, e);
        }
    }

    final void checkRange(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        checkRange(offset, length);
        try {
            for (int done = 0, piece; done < length; done += piece) {
                long at = offset + done;
                piece = piece(at, length - done);
                chunk(at).put(index(at), source, sourceIndex + done, piece);
            }
        } catch (InternalError e) {
            throw fault(offset, length, e);
        }
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        checkRange(offset, length);
        try {
            for (int done = 0, piece; done < length; done += piece) {
                long at = offset + done;
                piece = piece(at, length - done);
                target.put(targetIndex + done, chunk(at), index(at), piece);
            }
        } catch (InternalError e) {
            throw fault(offset, length, e);
        }
    }

    @Override
    public void zero(long offset, int length) {
        checkRange(offset, length);
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(ZEROS.capacity(), length - done);
            copyIn(offset + done, ZEROS, 0, piece);
        }
    }

    @Override
    public int checksum(long offset, int length) {
        checkRange(offset, length);
        return CopyChecksum.of(this, offset, length);
    }

    @Override
    public long address(long offset) {
        Objects.checkFromIndexSize(offset, 0, size);
        return address + offset;
    }

    @Override
    public void close() {
        size = 0;
        chunks = new ByteBuffer[0];
        mapping.close();
    }

    private CacheMemoryException fault(long offset, int length, InternalError error) {
        return new CacheMemoryException(
                "cache device " + mapping.path() + ": the kernel could not provide a page of the " + length
                        + " bytes at " + offset + " (device error, file cut short, or no space under a sparse file)",
                error);
    }
}
