package io.pcache.server.table;

import io.pcache.backing.BackingQueue;
import io.pcache.media.DeviceLayout;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A device without storage, made of ranges. A range is device-mapper's {@code error} (all I/O fails) or {@code zero}
 * (reads give zeros, writes are forgotten).
 */
final class SyntheticDevice implements BlockDevice {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    /** @param endBytes where the range ends; a range starts where the range before ends */
    record Range(long endBytes, boolean error) {}

    private final Range[] ranges;

    /** @param ranges at least one, in order */
    SyntheticDevice(List<Range> ranges) {
        this.ranges = ranges.toArray(Range[]::new);
    }

    @Override
    public long sizeBytes() {
        return ranges[ranges.length - 1].endBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return DeviceLayout.SECTOR_BYTES;
    }

    @Override
    public int physicalBlockBytes() {
        return DeviceLayout.SECTOR_BYTES;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        return new Queue();
    }

    /** The errno of a request, or 0 where the request ends well. What is read is in place then. */
    private int result(Request request) {
        if (request.op() == Request.Op.FLUSH) {
            // device-mapper sends a flush to every target; one failure decides.
            return anyError(0, sizeBytes()) ? Errno.EIO : 0;
        }
        long offset = request.offset();
        if (offset < 0 || request.length() < 0 || request.length() > sizeBytes() - offset) {
            return Errno.EINVAL;
        }
        if (anyError(offset, request.length())) {
            return Errno.EIO;
        }
        if (request.op() == Request.Op.READ) {
            int length = (int) request.length();
            for (int done = 0, piece; done < length; done += piece) {
                piece = Math.min(ZEROS.capacity(), length - done);
                request.data().fromBuffer(ZEROS, 0, done, piece);
            }
        }
        return 0;
    }

    private boolean anyError(long offset, long length) {
        long start = 0;
        for (Range range : ranges) {
            if (range.error() && offset < range.endBytes() && offset + length > start) {
                return true;
            }
            start = range.endBytes();
        }
        return false;
    }

    private final class Queue implements RequestQueue {
        @Override
        public void submit(Request request) {
            request.end(-result(request));
        }

        @Override
        public int poll() {
            return 0;
        }

        @Override
        public int inFlight() {
            return 0;
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
