package io.pcache.memory;

import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.CacheDisk;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A cache device's second way: transfers on the bytes of a memory. Transfers take effect and end when their queue is
 * polled, in the order of a random generator or as submitted. For one thread.
 */
public final class SimulatedDisk implements CacheDisk {
    private static final int BLOCK = 4096;

    private final CacheMemory memory;
    private final Random order;
    private final List<BackingIo> done = new ArrayList<>();
    private boolean records = true;
    private boolean durable;
    private boolean held;
    private int readErrno;
    private int writeErrno;
    private Runnable onRead = () -> {};
    private boolean discards;
    private int discardErrno;
    private Runnable onDiscard = () -> {};
    private final List<Long> discarded = new ArrayList<>();

    /** @param order draws which transfer ends next; null for the order of submission */
    public SimulatedDisk(CacheMemory memory, Random order) {
        this.memory = memory;
        this.order = order;
    }

    /** Sets what {@link #writesAreDurable} says; no at first. */
    public SimulatedDisk durable(boolean durable) {
        this.durable = durable;
        return this;
    }

    /** Lets no transfer end from now on, or lets all end again. */
    public void hold(boolean hold) {
        held = hold;
    }

    /** Sets what is done when a read is carried out. */
    public void onRead(Runnable action) {
        onRead = action;
    }

    public void failReads(int errno) {
        readErrno = errno;
    }

    public void failWrites(int errno) {
        writeErrno = errno;
    }

    /** The lengths of the writes that have ended. */
    public List<Integer> writes() {
        return done.stream()
                .filter(io -> io.kind == BackingIo.Kind.WRITE)
                .map(io -> io.length)
                .toList();
    }

    /** How many reads have ended. */
    public long reads() {
        return done.stream().filter(io -> io.kind == BackingIo.Kind.READ).count();
    }

    /** Forgets what has ended. */
    public void forget() {
        done.clear();
    }

    /** Takes no more note of what ends, which takes memory. */
    public void recordNothing() {
        records = false;
    }

    private int carryOut(BackingIo io) {
        if ((io.offset | io.length | io.bufferIndex) % BLOCK != 0) {
            throw new AssertionError(
                    io.kind + " of " + io.length + " bytes at " + io.offset + " is not of whole blocks");
        }
        int errno = io.kind == BackingIo.Kind.WRITE ? writeErrno : readErrno;
        if (errno != 0) {
            return -errno;
        }
        if (io.kind == BackingIo.Kind.READ) {
            onRead.run();
        }
        try {
            if (io.kind == BackingIo.Kind.WRITE) {
                memory.copyIn(io.offset, io.buffer, io.bufferIndex, io.length);
            } else {
                memory.copyOut(io.offset, io.buffer, io.bufferIndex, io.length);
            }
            return 0;
        } catch (CacheMemoryException e) {
            return -Errno.EIO;
        }
    }

    private final class Queue implements BackingQueue {
        private final List<BackingIo> accepted = new ArrayList<>();
        private final List<BackingIo> started = new ArrayList<>();

        @Override
        public void submit(BackingIo io) {
            accepted.add(io);
        }

        @Override
        public void kick() {
            // Without a copy, so that tests can measure what the cache allocates.
            for (int i = 0; i < accepted.size(); i++) {
                started.add(accepted.get(i));
            }
            accepted.clear();
        }

        @Override
        public int poll() {
            int count = 0;
            while (!held && !started.isEmpty()) {
                BackingIo io = started.remove(order == null ? 0 : order.nextInt(started.size()));
                int result = carryOut(io);
                if (records) {
                    done.add(copyOf(io));
                }
                io.end(result);
                count++;
            }
            return count;
        }

        @Override
        public int inFlight() {
            return accepted.size() + started.size();
        }

        @Override
        public void close() {
            if (inFlight() > 0) {
                throw new AssertionError("closed with transfers in flight");
            }
        }
    }

    /** A record of a transfer, whose object is used again. */
    private static BackingIo copyOf(BackingIo io) {
        BackingIo copy = new BackingIo() {
            @Override
            protected void completed() {}
        };
        return copy.prepare(io.kind, io.offset, null, 0, io.length);
    }

    @Override
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        if ((offset | length | bufferIndex) % BLOCK != 0) {
            throw new AssertionError(
                    "a durable write of " + length + " bytes at " + offset + " is not of whole blocks");
        }
        if (writeErrno != 0) {
            throw new UncheckedIOException(new SystemCallException(writeErrno, "write", path()));
        }
        if (memory instanceof SimulatedMemory simulated) {
            simulated.storeDurably(offset, buffer, bufferIndex, length);
        } else {
            memory.copyIn(offset, buffer, bufferIndex, length);
            memory.sync();
        }
    }

    /** Sets what {@link #discardsCheaply} says; no at first. */
    public SimulatedDisk discards(boolean cheaply) {
        discards = cheaply;
        return this;
    }

    /** Lets discards fail from now on; 0 lets them succeed again. */
    public void failDiscards(int errno) {
        discardErrno = errno;
    }

    /** Sets what is done while a discard is under way. */
    public void onDiscard(Runnable action) {
        onDiscard = action;
    }

    /** The offsets of the discards that were asked for. */
    public List<Long> discarded() {
        return discarded;
    }

    @Override
    public boolean discardsCheaply() {
        return discards;
    }

    @Override
    public boolean discard(long offset, long length) {
        discarded.add(offset);
        onDiscard.run();
        if (discardErrno != 0) {
            throw new UncheckedIOException(new SystemCallException(discardErrno, "discard", path()));
        }
        memory.zero(offset, (int) length);
        return true;
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return new Queue();
    }

    @Override
    public String path() {
        return "simulated";
    }

    @Override
    public long sizeBytes() {
        return memory.size();
    }

    @Override
    public int logicalBlockBytes() {
        return BLOCK;
    }

    @Override
    public int physicalBlockBytes() {
        return BLOCK;
    }

    @Override
    public boolean direct() {
        return true;
    }

    @Override
    public boolean writesAreDurable() {
        return durable;
    }

    @Override
    public String describe() {
        return "simulated disk";
    }

    @Override
    public void close() {}
}
