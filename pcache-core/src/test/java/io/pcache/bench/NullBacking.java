package io.pcache.bench;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingIoList;
import io.pcache.backing.BackingQueue;

/**
 * A backing device that forgets what is written, so that only the cache's own time is seen. Reads give undefined data.
 */
public final class NullBacking implements BackingDevice {
    private final long sizeBytes;

    public NullBacking(long sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    @Override
    public String path() {
        return "null";
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public int logicalBlockBytes() {
        return 512;
    }

    @Override
    public int physicalBlockBytes() {
        return 4096;
    }

    @Override
    public boolean direct() {
        return true;
    }

    @Override
    public String describe() {
        return "null";
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return new Queue();
    }

    @Override
    public void close() {
        // Holds nothing.
    }

    private static final class Queue implements BackingQueue {
        private final BackingIoList ended = new BackingIoList();
        private int inFlight;

        @Override
        public void submit(BackingIo io) {
            ended.add(io);
            inFlight++;
        }

        @Override
        public void kick() {
            // poll ends all transfers that were submitted.
        }

        @Override
        public int poll() {
            int count = 0;
            for (BackingIo io = ended.poll(); io != null; io = ended.poll()) {
                inFlight--;
                count++;
                io.end(0);
            }
            return count;
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
