package io.pcache.crash;

import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.CacheDisk;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * A backing device that can lose power at any step. Each sector of a write may be on the medium from the write's
 * submission on. The sector stays in doubt until a flush, submitted after the write had completed, has ended. The bytes
 * are kept in a {@link SimulatedMemory} that works like a page cache. Ballast is not kept at all.
 *
 * <p>Transfers complete in random order: all of them in the next poll, or one at a time if a {@link Course} is set. For
 * one thread.
 */
final class CrashBacking implements CacheDisk {
    private static final int PAGE = 4096;

    /** Decides when transfers end. */
    interface Course {
        /**
         * Called when a thread polls a queue that has nothing for it. Returns whether the thread can do nothing else
         * before a transfer has ended. Other threads may go on within the call.
         */
        boolean waits();
    }

    private final SimulatedMemory bytes;
    private final long size;
    /** What is behind this is ballast. */
    private final long keptTo;

    private final int block;
    private final Random random;
    private final List<Queue> queues = new ArrayList<>();
    private final ByteBuffer sector = ByteBuffer.allocate(Zones.SECTOR);
    private LongConsumer onRead = offset -> {};
    private Course course;
    private int readErrno;
    private int writeErrno;
    private int flushErrno;

    /** A device with the stamps of write 0 in its judged sectors. */
    CrashBacking(int block, Random random) {
        this(new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, Zones.DEVICE_BYTES), block, random);
        ByteBuffer sector = ByteBuffer.allocate(Zones.SECTOR);
        for (int i = 0; i < Zones.COUNT; i++) {
            Zones.stamp(sector, 0, Zones.offset(i), Zones.SECTOR);
            bytes.preload(Zones.offset(i), sector);
        }
    }

    private CrashBacking(SimulatedMemory bytes, int block, Random random) {
        this(bytes, Zones.DEVICE_BYTES, Zones.BALLAST, block, random);
    }

    private CrashBacking(SimulatedMemory bytes, long size, long keptTo, int block, Random random) {
        this.bytes = bytes;
        this.size = size;
        this.keptTo = keptTo;
        this.block = block;
        this.random = random;
    }

    /** A cache device, for transfers of its data; all of its bytes are kept. */
    static CrashBacking cacheDevice(SimulatedMemory memory, Random order) {
        return new CrashBacking(memory, memory.size(), memory.size(), 4096, order);
    }

    /** The same device with other bytes, such as one of {@link #crashStates}. */
    CrashBacking with(SimulatedMemory other, Random order) {
        return new CrashBacking(other, block, order);
    }

    /** Tells of each read, with the byte of the device at which the read begins, when the device carries it out. */
    CrashBacking onRead(LongConsumer told) {
        onRead = told;
        return this;
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

    /** From now on transfers end as the course decides; null for all transfers in the next poll. */
    void follow(Course newCourse) {
        course = newCourse;
    }

    /** Whether a transfer can be completed. */
    boolean isBusy() {
        return queues.stream().anyMatch(queue -> !queue.started.isEmpty());
    }

    /** Completes one transfer, and wakes its owner. */
    void completeOne() {
        List<Queue> busy =
                queues.stream().filter(queue -> !queue.started.isEmpty()).toList();
        busy.get(random.nextInt(busy.size())).completeOne();
    }

    /** The transfers under way, for people. */
    String underWay() {
        List<String> all = new ArrayList<>();
        for (Queue queue : queues) {
            queue.accepted.forEach(transfer -> all.add(transfer + " (not handed to the device)"));
            queue.started.forEach(transfer -> all.add(transfer.toString()));
            queue.ended.forEach(transfer -> all.add(transfer + " (ended, not polled)"));
        }
        return all.toString();
    }

    private void check(BackingIo io) {
        if (io.kind != BackingIo.Kind.FLUSH
                && ((io.offset | io.length | io.bufferIndex) % block != 0 || io.offset + io.length > sizeBytes())) {
            throw new AssertionError(
                    "transfer of " + io.length + " bytes at " + io.offset + " is not in whole blocks of " + block);
        }
    }

    /**
     * A transfer takes effect either when it is submitted, the earliest that a device may carry it out, or when it
     * completes.
     */
    private final class Transfer {
        private final BackingIo io;
        private boolean carriedOut;
        private int result;

        Transfer(BackingIo io) {
            check(io);
            this.io = io;
            // A flush covers no more than the transfers that had completed before its submission.
            if (io.kind == BackingIo.Kind.FLUSH || random.nextBoolean()) {
                carryOut();
            }
        }

        void carryOut() {
            if (!carriedOut) {
                carriedOut = true;
                result = -tryOut();
                Trace.say("backing device carries out %s: %d", this, result);
            }
        }

        private int tryOut() {
            switch (io.kind) {
                case WRITE -> {
                    // A write that fails may still have reached the medium.
                    if (writeErrno == 0 || random.nextBoolean()) {
                        store();
                    }
                    return writeErrno;
                }
                case FLUSH -> {
                    bytes.failSyncs(flushErrno != 0);
                    try {
                        bytes.sync();
                    } catch (CacheMemoryException e) {
                        // A later flush does not write what this flush covered.
                        return flushErrno;
                    } finally {
                        bytes.failSyncs(false);
                    }
                    return 0;
                }
                default -> {
                    // Data of ballast is not kept. Activation compares data, and the comparison of ballast would fail.
                    if (io.offset >= keptTo && course == null) {
                        return Errno.EIO;
                    }
                    onRead.accept(io.offset);
                    if (readErrno == 0 && io.offset < keptTo) {
                        bytes.copyOut(io.offset, io.buffer, io.bufferIndex, io.length);
                    }
                    return readErrno;
                }
            }
        }

        private void store() {
            int kept = (int) Math.max(0, Math.min(io.length, keptTo - io.offset));
            int from = 0;
            for (int at = 0; at <= kept; at += Zones.SECTOR) {
                if (at == kept || areZerosOverZeros(at)) {
                    if (at > from) {
                        bytes.copyIn(io.offset + from, io.buffer, io.bufferIndex + from, at - from);
                    }
                    from = at + Zones.SECTOR;
                }
            }
        }

        /** Whether a sector need not be stored, which takes memory: most of what fills a cache are zeros. */
        private boolean areZerosOverZeros(int at) {
            for (int i = 0; i < Zones.SECTOR; i += Long.BYTES) {
                if (io.buffer.getLong(io.bufferIndex + at + i) != 0) {
                    return false;
                }
            }
            bytes.copyOut(io.offset + at, sector, 0, Zones.SECTOR);
            for (int i = 0; i < Zones.SECTOR; i += Long.BYTES) {
                if (sector.getLong(i) != 0) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return io.kind + " of " + io.length + " bytes at " + io.offset;
        }
    }

    private final class Queue implements BackingQueue {
        private final List<Transfer> accepted = new ArrayList<>();
        /** Transfers that were handed to the device. */
        private final List<Transfer> started = new ArrayList<>();

        private final ArrayDeque<Transfer> ended = new ArrayDeque<>();
        private final Runnable wake;

        Queue(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void submit(BackingIo io) {
            accepted.add(new Transfer(io));
        }

        @Override
        public void kick() {
            started.addAll(accepted);
            accepted.clear();
            if (course == null && !started.isEmpty()) {
                wake.run();
            }
        }

        boolean completeOne() {
            if (started.isEmpty()) {
                return false;
            }
            Transfer transfer = started.remove(random.nextInt(started.size()));
            transfer.carryOut();
            Trace.say("backing device completes %s", transfer);
            ended.add(transfer);
            wake.run();
            return true;
        }

        @Override
        public int poll() {
            if (course == null) {
                kick();
                while (completeOne()) {
                    continue;
                }
            } else if (ended.isEmpty() && inFlight() > 0 && course.waits()) {
                completeSome();
            }
            int count = ended.size();
            for (int i = 0; i < count; i++) {
                Transfer transfer = ended.remove();
                transfer.io.end(transfer.result);
            }
            return count;
        }

        private void completeSome() {
            if (ended.isEmpty() && !completeOne()) {
                throw new AssertionError("waits for what was not handed to the device: " + underWay());
            }
            while (random.nextInt(3) > 0 && completeOne()) {
                continue;
            }
        }

        @Override
        public int inFlight() {
            return accepted.size() + started.size() + ended.size();
        }

        @Override
        public void close() {
            if (inFlight() > 0) {
                throw new AssertionError("queue closed with transfers in flight");
            }
            queues.remove(this);
        }
    }

    @Override
    public boolean writesAreDurable() {
        return false;
    }

    @Override
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        if ((offset | length | bufferIndex) % block != 0) {
            throw new AssertionError(
                    "a durable write of " + length + " bytes at " + offset + " is not of whole blocks");
        }
        if (writeErrno != 0) {
            if (random.nextBoolean()) {
                bytes.copyIn(offset, buffer, bufferIndex, length);
            }
            throw new UncheckedIOException(new SystemCallException(writeErrno, "write", path()));
        }
        bytes.storeDurably(offset, buffer, bufferIndex, length);
    }

    @Override
    public boolean discardsCheaply() {
        return true;
    }

    /** Carries a part out when the discard begins, and the rest when the discard ends. Others may go on between. */
    @Override
    public boolean discard(long offset, long length) {
        int atOnce = random.nextInt((int) length / PAGE + 1) * PAGE;
        bytes.discard(offset, atOnce, random);
        if (course != null) {
            course.waits();
        }
        bytes.discard(offset + atOnce, (int) length - atOnce, random);
        return true;
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        Queue queue = new Queue(wake);
        queues.add(queue);
        return queue;
    }

    @Override
    public String path() {
        return "simulated";
    }

    @Override
    public long sizeBytes() {
        return size;
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
