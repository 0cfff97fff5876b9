package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/** Whether a device that is to be cached carries a cache itself: then the words of the table are swapped, more often than not. */
final class BackingSignature {
    /** Serves direct I/O on all devices. */
    private static final int LEAST_READ_BYTES = 4096;

    private BackingSignature() {
    }

    /** Looks for a superblock's magic, of either byte order; its checksum does not matter, since a damaged cache is worth no less. Where nothing can be read there is none. */
    static boolean isCache(BackingDevice backing) {
        int block = Math.max(LEAST_READ_BYTES, backing.logicalBlockBytes());
        long start = DeviceLayout.SUPERBLOCK / block * block;
        if (start + block > backing.sizeBytes()) {
            return false;
        }
        Semaphore woken = new Semaphore(0);
        Read read = new Read();
        ByteBuffer buffer = NativeMemory.allocateAligned(block, block);
        read.prepare(BackingIo.Kind.READ, start, buffer, 0, block);
        try (BackingQueue queue = backing.openQueue(woken::release)) {
            queue.submit(read);
            queue.kick();
            while (queue.poll() == 0) {
                woken.acquireUninterruptibly();
            }
        }
        long magic = buffer.getLong((int) (DeviceLayout.SUPERBLOCK - start) + SuperblockLayout.MAGIC);
        return read.result == 0 && (magic == SuperblockLayout.MAGIC_VALUE || Long.reverseBytes(magic) == SuperblockLayout.MAGIC_VALUE);
    }

    private static final class Read extends BackingIo {
        @Override
        protected void completed() {
            // The only one on its queue: that something was polled says it all.
        }
    }
}
