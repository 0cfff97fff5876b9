package io.pcache.crash;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A backing device that calls flushes done when they are not. If told so, the device does the same with writes: these
 * are carried out when the next batch comes.
 */
final class FaultyBacking implements BackingDevice {
    private final BackingDevice backing;
    private final boolean late;

    FaultyBacking(BackingDevice backing, boolean late) {
        this.backing = backing;
        this.late = late;
    }

    private static final class Copy extends BackingIo {
        Copy(BackingIo io) {
            ByteBuffer bytes = ByteBuffer.allocate(io.length).put(0, io.buffer, io.bufferIndex, io.length);
            prepare(Kind.WRITE, io.offset, bytes, 0, io.length);
        }

        Copy() {
            prepareFlush();
        }

        @Override
        protected void completed() {}
    }

    private final class Queue implements BackingQueue {
        private final BackingQueue queue;
        private final Runnable wake;
        private final ArrayDeque<BackingIo> lies = new ArrayDeque<>();
        private final List<BackingIo> held = new ArrayList<>();
        private boolean flushed;

        Queue(BackingQueue queue, Runnable wake) {
            this.queue = queue;
            this.wake = wake;
        }

        @Override
        public void submit(BackingIo io) {
            if (io.kind == BackingIo.Kind.READ || io.kind == BackingIo.Kind.WRITE && !late) {
                queue.submit(io);
                return;
            }
            if (io.kind == BackingIo.Kind.WRITE) {
                if (flushed) {
                    carryOut();
                }
                held.add(new Copy(io));
            }
            flushed = io.kind == BackingIo.Kind.FLUSH;
            lies.add(io);
        }

        private void carryOut() {
            held.forEach(queue::submit);
            held.clear();
            drain();
            queue.submit(new Copy());
            drain();
        }

        private void drain() {
            queue.kick();
            while (queue.inFlight() > 0) {
                queue.poll();
            }
        }

        @Override
        public void kick() {
            queue.kick();
            if (!lies.isEmpty()) {
                wake.run();
            }
        }

        @Override
        public int poll() {
            int polled = queue.poll();
            for (int count = lies.size(); count > 0; count--) {
                lies.remove().end(0);
                polled++;
            }
            return polled;
        }

        @Override
        public int inFlight() {
            return queue.inFlight() + lies.size();
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return new Queue(backing.openQueue(wake), wake);
    }

    @Override
    public String path() {
        return backing.path();
    }

    @Override
    public long sizeBytes() {
        return backing.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return backing.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return backing.physicalBlockBytes();
    }

    @Override
    public boolean direct() {
        return backing.direct();
    }

    @Override
    public String describe() {
        return backing.describe();
    }

    @Override
    public void close() {
        backing.close();
    }
}
