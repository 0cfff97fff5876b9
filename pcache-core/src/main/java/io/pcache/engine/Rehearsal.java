package io.pcache.engine;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.CacheDisk;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets the JVM compile the way of a request before a client waits for a request. A scratch cache, which nobody sees,
 * takes writes, reads, fills and flushes, is written back and collected, for a bounded time. Without a rehearsal, the
 * first requests run interpreted, and each takes a hundred times as long as the requests that follow.
 *
 * <p>The compiler builds on what the code has done so far. So the scratch cache's memory should be of the same class as
 * the real cache's memory, and data should go to the scratch device as to the real one: through the memory, or by
 * transfers. And for each call that differs between front ends, there are three classes here: a call that has met three
 * classes is compiled for any class.
 */
public final class Rehearsal {
    /** Bytes that a scratch cache device must have. */
    public static final long CACHE_BYTES = DeviceLayout.MIN_DEVICE_BYTES;
    /** Bytes that a scratch backing device should have at least. */
    public static final long BACKING_BYTES = 16L << 20;

    private static final int SECTOR = DeviceLayout.SECTOR_BYTES;
    /**
     * Most rounds, whatever the time allows. They are enough for the last stage of compilation. With a sector each,
     * they use up four segments of the scratch device.
     */
    public static final int MAX_ROUNDS = 100_000;

    /**
     * Requests in flight at once. A transfer takes whole blocks of the cache device, and stores what was written at
     * once. So the scratch device takes hardly more memory by transfers than without.
     */
    private static final int BUNCH = 32;

    private static final int BUNCHES_TO_FLUSH = 2;
    /** Requests that come alone take another way through the queues. */
    private static final int ALONE_TO_FLUSH = 2;

    private static final int FLUSHES_TO_LARGE = 8;
    private static final int LARGE_BYTES = 64 << 10;

    /** Gives the scratch device its load. */
    public interface Player {
        /**
         * Writes and reads sectors, in up to {@link #MAX_ROUNDS} rounds, until the time is over.
         *
         * @param endNanos end of the time, by {@link System#nanoTime}
         * @return the number of rounds made
         */
        int play(BlockDevice device, long endNanos) throws IOException;
    }

    /** How the thread of a player waits. */
    public interface Rest {
        /** The way of the calling thread if it has nothing else to wait for. */
        static Rest parking() {
            return new Parking();
        }

        /** Ends the wait, or the next wait. From any thread. */
        void wake();

        /**
         * Waits until woken.
         *
         * @param endNanos when to stop waiting, by {@link System#nanoTime}
         * @return false if the time was over
         */
        boolean await(long endNanos);
    }

    private final RequestQueue queue;
    private final Rest rest;
    private final ByteBuffer buffer = NativeMemory.allocateAligned(LARGE_BYTES, 4096);
    private final Scratch[] requests = new Scratch[BUNCH];
    private final long[] offsets = new long[BUNCH];
    private long seed = 1;
    private final int mostRounds;
    private int flushes;
    private int rounds;

    private Rehearsal(BlockDevice device, int mostRounds, Rest rest) {
        this.mostRounds = mostRounds;
        this.rest = rest;
        for (int i = 0; i < BUNCH; i++) {
            requests[i] = switch (i % 3) {
                case 0 -> new First(buffer);
                case 1 -> new Second(buffer);
                default -> new Third(buffer);
            };
        }
        queue = device.openQueue(null, rest::wake);
    }

    /**
     * Runs a rehearsal on this thread.
     *
     * @param memory {@link #CACHE_BYTES} of zeros; closed at the end, whether the rehearsal succeeds or fails
     * @param transfers the memory's file once more, where the real cache stores and loads data by transfers; else null.
     *     Closed likewise
     * @param backing at least {@link #BACKING_BYTES}; overwritten, and closed likewise
     * @param nanos the time for the rehearsal
     * @param player {@link #requests}, or a player of a front end
     * @return the number of rounds made
     * @throws PCacheException if the scratch cache cannot be made
     * @throws IOException from the player
     */
    public static int run(
            CacheMemory memory, CacheDisk transfers, BackingDevice backing, boolean dataCrc, long nanos, Player player)
            throws PCacheException, IOException {
        long end = System.nanoTime() + nanos;
        PCacheConfig config = PCacheConfig.builder(BACKING_BYTES)
                .name("rehearsal")
                .dataCrc(dataCrc)
                .build();
        try (PCache cache = open(memory, transfers, backing, config)) {
            // With 0 percent, garbage collection always runs.
            cache.setGcPercent(0);
            // A failure of an agent must not end the process: the rehearsal then waits in vain until its time is over.
            cache.start(failure -> {});
            return player.play(cache, end);
        }
    }

    private static PCache open(CacheMemory memory, CacheDisk transfers, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        try {
            return PCache.open(memory, transfers, backing, config);
        } catch (PCacheException | RuntimeException | Error e) {
            closeAfter(backing, e);
            if (transfers != null) {
                closeAfter(transfers, e);
            }
            closeAfter(memory, e);
            throw e;
        }
    }

    private static void closeAfter(AutoCloseable device, Throwable cause) {
        try {
            device.close();
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }

    /** A player that sends requests to the cache itself, from this thread. */
    public static int requests(BlockDevice device, long endNanos) throws IOException {
        return requests(device, MAX_ROUNDS, endNanos, Rest.parking());
    }

    /**
     * As {@link #requests(BlockDevice, long)}, for a thread that may wait otherwise.
     *
     * @param mostRounds how many rounds are enough
     * @throws IOException if a request has failed
     * @throws IllegalStateException if transfers of the queue are still under way a second after the time was over
     */
    public static int requests(BlockDevice device, int mostRounds, long endNanos, Rest rest) throws IOException {
        Rehearsal rehearsal = new Rehearsal(device, mostRounds, rest);
        try {
            rehearsal.play(endNanos);
        } finally {
            rehearsal.leave(endNanos);
        }
        return rehearsal.rounds;
    }

    private static final class Parking implements Rest {
        private final Thread thread = Thread.currentThread();
        private volatile boolean woken;

        @Override
        public void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }

        @Override
        public boolean await(long endNanos) {
            while (!woken) {
                long left = endNanos - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
            }
            woken = false;
            return true;
        }
    }

    private void play(long end) throws IOException {
        while (rounds < mostRounds && System.nanoTime() < end) {
            for (int i = 0; i < BUNCHES_TO_FLUSH + ALONE_TO_FLUSH; i++) {
                if (!writeAndRead(i < BUNCHES_TO_FLUSH ? BUNCH : 1, end)) {
                    return;
                }
            }
            // The second half of the device is never written: the first read of a range there misses the cache.
            offsets[0] = BACKING_BYTES / 2 + (long) flushes * LARGE_BYTES % (BACKING_BYTES / 2);
            if (++flushes % FLUSHES_TO_LARGE == 0 && !run(1, Request.Op.READ, LARGE_BYTES, end)) {
                return;
            }
            offsets[0] = 0;
            if (!run(1, Request.Op.FLUSH, 0, end)) {
                return;
            }
        }
    }

    private boolean writeAndRead(int count, long end) throws IOException {
        rounds += count;
        for (int i = 0; i < count; i++) {
            seed = seed * 6364136223846793005L + 1442695040888963407L;
            offsets[i] = (seed >>> 33) % (BACKING_BYTES / SECTOR / 2) * SECTOR;
        }
        return run(count, Request.Op.WRITE, SECTOR, end) && run(count, Request.Op.READ, SECTOR, end);
    }

    /** Runs requests at {@link #offsets}. Returns whether they have ended before the time was over. */
    private boolean run(int count, Request.Op op, int length, long end) throws IOException {
        for (int i = 0; i < count; i++) {
            queue.submit(requests[i].prepare(op, offsets[i], length, false, requests[i]));
        }
        while (true) {
            int steps = queue.poll();
            if (queue.inFlight() == 0) {
                break;
            }
            if (steps == 0 && !queue.holdsBack() && !rest.await(end)) {
                return false;
            }
        }
        for (int i = 0; i < count; i++) {
            if (requests[i].result < 0) {
                throw new IOException("a request failed: " + Errno.name(-requests[i].result));
            }
        }
        return true;
    }

    /** Waits for what is under way, since a queue with transfers under way cannot be closed. */
    private void leave(long end) {
        long patience = end + 1_000_000_000L;
        while (!queue.isIdle()) {
            if (queue.poll() == 0 && !queue.holdsBack()) {
                long now = System.nanoTime();
                if (now > patience) {
                    throw new IllegalStateException("transfers are still under way");
                }
                rest.await(now + 1_000_000);
            }
        }
        queue.close();
    }

    /** A request and its data, in three classes. */
    private abstract static class Scratch extends Request implements RequestData {
        final ByteBuffer buffer;
        int result;

        Scratch(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
            memory.copyIn(cacheOffset, buffer, from, length);
        }

        @Override
        public int toCacheChecked(CacheMemory memory, long cacheOffset, int from, int length, Checksum checksum) {
            memory.copyIn(cacheOffset, buffer, from, length);
            return checksum.of(buffer, from, length);
        }

        @Override
        public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
            memory.copyOut(cacheOffset, buffer, from, length);
        }

        @Override
        public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
            buffer.put(from, source, sourceIndex, length);
        }
    }

    private static final class First extends Scratch {
        First(ByteBuffer buffer) {
            super(buffer);
        }

        @Override
        protected void completed(int outcome) {
            result = outcome;
        }
    }

    private static final class Second extends Scratch {
        Second(ByteBuffer buffer) {
            super(buffer);
        }

        @Override
        protected void completed(int outcome) {
            result = outcome;
        }
    }

    private static final class Third extends Scratch {
        Third(ByteBuffer buffer) {
            super(buffer);
        }

        @Override
        protected void completed(int outcome) {
            result = outcome;
        }
    }
}
