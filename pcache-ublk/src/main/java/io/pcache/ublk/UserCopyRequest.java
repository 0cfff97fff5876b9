package io.pcache.ublk;

import io.pcache.backing.MemoryPieces;
import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * A request that has its bytes in the client's pages until they are read from or written to {@code /dev/ublkcN}
 * (UBLK_F_USER_COPY). That is one copy, straight between these pages and the cache's mapping, and no further copy for
 * reads that go to the backing device's buffer.
 */
final class UserCopyRequest extends UblkRequest {
    private final SystemCalls calls = SystemCalls.linux();
    private final int fd;
    private final MemoryPieces pieces;
    private final long position;

    /** @param pieces of {@link #MAX_PLACES}, shared by the queue's requests */
    UserCopyRequest(UblkQueue queue, int queueId, int tag, int fd, MemoryPieces pieces) {
        super(queue, tag);
        this.fd = fd;
        this.pieces = pieces;
        this.position = Ublk.userCopyPosition(queueId, tag);
    }

    @Override
    long bufferAddress() {
        return 0;
    }

    @Override
    public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
        fetch(memory, cacheOffset, from, length);
        memory.writeBack(cacheOffset, length);
    }

    @Override
    public int toCacheChecked(CacheMemory memory, long cacheOffset, int from, int length, Checksum checksum) {
        fetch(memory, cacheOffset, from, length);
        // The checksum is of the bytes in the cache, since the client may be changing its own bytes. Computed before
        // the write-back, which may take the bytes out of the processor's caches.
        int sum = memory.checksum(cacheOffset, length);
        memory.writeBack(cacheOffset, length);
        return sum;
    }

    private void fetch(CacheMemory memory, long cacheOffset, int from, int length) {
        long address = memory.address(cacheOffset);
        for (int done = 0; done < length; ) {
            done += check(
                    calls.pread(fd, address + done, length - done, position + from + done),
                    "pread",
                    memory,
                    cacheOffset + done);
        }
    }

    @Override
    public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
        long address = memory.address(cacheOffset);
        for (int done = 0; done < length; ) {
            done += check(
                    calls.pwrite(fd, address + done, length - done, position + from + done),
                    "pwrite",
                    memory,
                    cacheOffset + done);
        }
    }

    @Override
    public void fromCache(CacheMemory memory, long[] cacheOffsets, int[] lengths, int count, int from) {
        pieces.clear();
        for (int i = 0; i < count; i++) {
            pieces.add(memory.address(cacheOffsets[i]), lengths[i]);
        }
        for (int done = 0; done < pieces.bytes(); pieces.dropTo(done)) {
            done += check(
                    calls.pwritev(fd, pieces.vectors(), pieces.count(), position + from + done),
                    "pwritev",
                    memory,
                    cacheOffsets[0]);
        }
    }

    @Override
    public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
        long address = NativeMemory.address(source) + sourceIndex;
        for (int done = 0; done < length; ) {
            int result = calls.pwrite(fd, address + done, length - done, position + from + done);
            done += result > 0 || result == -Errno.EINTR ? Math.max(result, 0) : failed(result, "pwrite");
        }
    }

    /**
     * Returns the number of bytes copied. Where the kernel cannot have a page of the cache, the kernel copies nothing,
     * or says EFAULT: the cache device has failed then, not the client.
     */
    private int check(int result, String call, CacheMemory memory, long cacheOffset) {
        if (result > 0 || result == -Errno.EINTR) {
            return Math.max(result, 0);
        }
        if (result == 0 || result == -Errno.EFAULT) {
            throw new CacheMemoryException(
                    "cache device " + memory.describe() + ": the kernel could not provide the page at " + cacheOffset
                            + " (" + call + ": " + Errno.name(Errno.EFAULT) + ")");
        }
        return failed(result, call);
    }

    private int failed(int result, String call) {
        throw new UncheckedIOException(
                new SystemCallException(result == 0 ? Errno.EIO : -result, call, "request data of tag " + tag));
    }
}
