package io.pcache.backing;

import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A backing device in memory that can lose power, and that can fail transfers. Writes take effect when they complete.
 * Until a flush has completed, a power cut may lose each of their sectors.
 *
 * <p>Thread-safe. Transfers complete in {@link BackingQueue#poll}, in the order of a random generator or as submitted.
 * A read takes its data when the read is submitted, the earliest that a device may. So data that is written meanwhile
 * is missing from the read.
 */
public final class SimulatedBacking implements BackingDevice {
    private static final int SECTOR = 512;

    /**
     * A write to a sector that was not flushed, in {@link #undo} from the oldest write on.
     *
     * @param before the sector's content before the write
     */
    private record Undo(int sector, byte[] before) {}

    private final byte[] content;
    private final int block;
    private final List<Undo> undo = new ArrayList<>();
    private final Random order;
    private int readErrno;
    private int writeErrno;
    private int flushErrno;
    private int gatherErrno;
    private int gatherUnit;
    private Runnable beforeWrite = () -> {};
    private long writes;
    private long gatheredWrites;
    private long writtenBytes;
    private long flushes;
    private final List<SimulatedQueue> queues = new ArrayList<>();

    public SimulatedBacking(long bytes) {
        this(new byte[Math.toIntExact(bytes)], 512, null);
    }

    /** @param order draws which transfer completes next; null for the order of submission */
    public SimulatedBacking(byte[] content, int block, Random order) {
        this.content = content;
        this.block = block;
        this.order = order;
    }

    /** The present content of the device. */
    public byte[] content() {
        return content;
    }

    public synchronized void failReads(int errno) {
        readErrno = errno;
    }

    public synchronized void failWrites(int errno) {
        writeErrno = errno;
    }

    public synchronized void failFlushes(int errno) {
        flushErrno = errno;
    }

    /** Sets what {@link #gatherUnitBytes} says; 0 at first. To be called before queues are opened. */
    public synchronized void gatherIn(int unit) {
        gatherUnit = unit;
    }

    /** Fails the writes whose data is not in a buffer. */
    public synchronized void failGathers(int errno) {
        gatherErrno = errno;
    }

    /** Sets what happens between a write's submission and its effect, on the thread that polls. */
    public synchronized void beforeWrite(Runnable action) {
        beforeWrite = action;
    }

    /** The number of those {@link #writes} that had their data not in a buffer. */
    public synchronized long gatheredWrites() {
        return gatheredWrites;
    }

    public synchronized long writes() {
        return writes;
    }

    public synchronized long writtenBytes() {
        return writtenBytes;
    }

    public synchronized long flushes() {
        return flushes;
    }

    /** The number of sectors whose last write may be lost. */
    public synchronized int unflushedSectors() {
        return undo.size();
    }

    /**
     * What a power cut leaves: the generator draws for each sector which of the writes since the last flush are lost.
     */
    public synchronized SimulatedBacking afterPowerCut(Random random) {
        byte[] left = content.clone();
        for (int i = undo.size() - 1; i >= 0; i--) {
            Undo entry = undo.get(i);
            if (random.nextBoolean()) {
                System.arraycopy(entry.before(), 0, left, entry.sector() * SECTOR, SECTOR);
            }
        }
        return new SimulatedBacking(left, block, order);
    }

    @Override
    public String path() {
        return "simulated";
    }

    @Override
    public long sizeBytes() {
        return content.length;
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
    public int gatherUnitBytes() {
        return gatherUnit;
    }

    @Override
    public boolean direct() {
        return true;
    }

    @Override
    public String describe() {
        return "simulated backing device of " + content.length + " bytes";
    }

    @Override
    public synchronized BackingQueue openQueue(Runnable wake) {
        SimulatedQueue queue = new SimulatedQueue(wake);
        queues.add(queue);
        return queue;
    }

    @Override
    public void close() {}

    private synchronized int carryOut(BackingIo io) {
        switch (io.kind) {
            case READ -> {
                if (readErrno != 0) {
                    return -readErrno;
                }
                check(io);
                io.buffer.put(io.bufferIndex, content, (int) io.offset, io.length);
            }
            case WRITE -> {
                beforeWrite.run();
                int errno = io.pieces != null && gatherErrno != 0 ? gatherErrno : writeErrno;
                if (errno != 0) {
                    return -errno;
                }
                check(io);
                for (int at = 0; at < io.length; at += SECTOR) {
                    byte[] before = new byte[SECTOR];
                    System.arraycopy(content, (int) io.offset + at, before, 0, SECTOR);
                    undo.add(new Undo((int) (io.offset + at) / SECTOR, before));
                }
                if (io.pieces == null) {
                    io.buffer.get(io.bufferIndex, content, (int) io.offset, io.length);
                } else {
                    gather(io);
                }
                writes++;
                writtenBytes += io.length;
            }
            case FLUSH -> {
                if (flushErrno != 0) {
                    return -flushErrno;
                }
                undo.clear();
                flushes++;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
        return 0;
    }

    private void gather(BackingIo io) {
        int at = (int) io.offset;
        for (int i = 0; i < io.pieces.count(); i++) {
            if (((io.pieces.address(i) | io.pieces.length(i)) & gatherUnit - 1) != 0) {
                throw new AssertionError(
                        "piece of " + io.pieces.length(i) + " bytes at address " + io.pieces.address(i));
            }
            NativeMemory.wrap(io.pieces.address(i), io.pieces.length(i)).get(0, content, at, io.pieces.length(i));
            at += io.pieces.length(i);
        }
        if (at != io.offset + io.length) {
            throw new AssertionError("pieces of " + (at - io.offset) + " bytes for a write of " + io.length);
        }
        gatheredWrites++;
    }

    private void check(BackingIo io) {
        if ((io.offset | io.length | io.bufferIndex) % block != 0 || io.offset + io.length > content.length) {
            throw new AssertionError(
                    "transfer of " + io.length + " bytes at " + io.offset + " is not in whole blocks of " + block);
        }
    }

    private final class SimulatedQueue implements BackingQueue {
        private final ArrayDeque<BackingIo> submitted = new ArrayDeque<>();
        private final Runnable wake;

        SimulatedQueue(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void submit(BackingIo io) {
            if (io.kind == BackingIo.Kind.READ) {
                io.result = carryOut(io);
            }
            submitted.add(io);
        }

        @Override
        public void kick() {
            if (!submitted.isEmpty()) {
                wake.run();
            }
        }

        @Override
        public int poll() {
            int count = submitted.size();
            for (int i = 0; i < count; i++) {
                BackingIo io = next();
                io.end(io.kind == BackingIo.Kind.READ ? io.result : carryOut(io));
            }
            return count;
        }

        private BackingIo next() {
            if (order != null) {
                for (int skip = order.nextInt(submitted.size()); skip > 0; skip--) {
                    submitted.add(submitted.remove());
                }
            }
            return submitted.remove();
        }

        @Override
        public int inFlight() {
            return submitted.size();
        }

        @Override
        public void close() {
            if (!submitted.isEmpty()) {
                throw new AssertionError("queue closed with transfers in flight");
            }
        }
    }
}
