package io.pcache.crash;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A backing device whose power can be cut at any step: each sector of a write may be on the medium from its submission
 * on, and stays in doubt until a flush that was submitted after the write had completed. The bytes are kept like a page
 * cache's, in a {@link SimulatedMemory}. Ballast is not kept at all.
 *
 * <p>Transfers complete in random order. For one thread.
 */
final class CrashBacking implements BackingDevice {
    private final SimulatedMemory bytes;
    private final int block;
    private final Random random;
    private int readErrno;
    private int writeErrno;
    private int flushErrno;

    /** A device that holds the stamps of write 0 in its judged sectors. */
    CrashBacking(int block, Random random) {
        this(new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, Zones.DEVICE_BYTES), block, random);
        ByteBuffer sector = ByteBuffer.allocate(Zones.SECTOR);
        for (int i = 0; i < Zones.COUNT; i++) {
            Zones.stamp(sector, 0, Zones.offset(i), Zones.SECTOR);
            bytes.preload(Zones.offset(i), sector);
        }
    }

    private CrashBacking(SimulatedMemory bytes, int block, Random random) {
        this.bytes = bytes;
        this.block = block;
        this.random = random;
    }

    /** The same device with other bytes: one of {@link #crashStates}, say. */
    CrashBacking with(SimulatedMemory other, Random order) {
        return new CrashBacking(other, block, order);
    }

    SimulatedMemory bytes() {
        return bytes;
    }

    CrashStates crashStates() {
        return bytes.crashStates();
    }

    void fail(int readErrno, int writeErrno, int flushErrno) {
        this.readErrno = readErrno;
        this.writeErrno = writeErrno;
        this.flushErrno = flushErrno;
    }

    private int start(BackingIo io) {
        check(io);
        switch (io.kind) {
            case WRITE -> {
                if (writeErrno == 0) {
                    store(io);
                }
                return -writeErrno;
            }
            case FLUSH -> {
                // At once: it covers only what had completed before.
                if (flushErrno == 0) {
                    bytes.sync();
                }
                return -flushErrno;
            }
            default -> {
                // Nothing can be read where nothing is kept: neither is it compared.
                return io.offset >= Zones.BALLAST ? -Errno.EIO : -readErrno;
            }
        }
    }

    private void store(BackingIo io) {
        int kept = (int) Math.max(0, Math.min(io.length, Zones.BALLAST - io.offset));
        if (kept > 0) {
            bytes.copyIn(io.offset, io.buffer, io.bufferIndex, kept);
        }
    }

    private void check(BackingIo io) {
        if (io.kind != BackingIo.Kind.FLUSH
                && ((io.offset | io.length | io.bufferIndex) % block != 0 || io.offset + io.length > sizeBytes())) {
            throw new AssertionError(
                    "transfer of " + io.length + " bytes at " + io.offset + " is not in whole blocks of " + block);
        }
    }

    private final class Queue implements BackingQueue {
        private final List<BackingIo> inFlight = new ArrayList<>();
        private final List<Integer> results = new ArrayList<>();
        private final Runnable wake;

        Queue(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void submit(BackingIo io) {
            // A write takes effect now or when it completes.
            boolean early = io.kind == BackingIo.Kind.FLUSH || random.nextBoolean();
            inFlight.add(io);
            results.add(early ? (Integer) start(io) : null);
        }

        @Override
        public void kick() {
            if (!inFlight.isEmpty()) {
                wake.run();
            }
        }

        @Override
        public int poll() {
            int count = inFlight.size();
            for (int i = 0; i < count; i++) {
                int next = random.nextInt(count - i);
                BackingIo io = inFlight.remove(next);
                Integer result = results.remove(next);
                int ended = result != null ? result : start(io);
                if (io.kind == BackingIo.Kind.READ && ended == 0) {
                    bytes.copyOut(io.offset, io.buffer, io.bufferIndex, io.length);
                }
                io.end(ended);
            }
            return count;
        }

        @Override
        public int inFlight() {
            return inFlight.size();
        }

        @Override
        public void close() {
            if (!inFlight.isEmpty()) {
                throw new AssertionError("queue closed with transfers in flight");
            }
        }
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return new Queue(wake);
    }

    @Override
    public String path() {
        return "simulated";
    }

    @Override
    public long sizeBytes() {
        return Zones.DEVICE_BYTES;
    }

    @Override
    public int logicalBlockBytes() {
        return block;
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
        return "simulated backing device";
    }

    @Override
    public void close() {}
}
