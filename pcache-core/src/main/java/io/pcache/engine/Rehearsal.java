package io.pcache.engine;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
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
 * the real cache's memory. And for each call that differs between front ends, there are three classes here: a call that
 * has met three classes is compiled for any class.
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

    private static final int ROUNDS_AT_A_TIME = 64;
    private static final int ROUNDS_TO_LARGE = 8;
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

    private final RequestQueue queue;
    private final Thread thread = Thread.currentThread();
    private volatile boolean woken;
    private int rounds;

    private Rehearsal(BlockDevice device) {
        queue = device.openQueue(null, this::wake);
    }

    /**
     * Runs a rehearsal on this thread.
     *
     * @param memory {@link #CACHE_BYTES} of zeros; closed at the end, whether the rehearsal succeeds or fails
     * @param backing at least {@link #BACKING_BYTES}; overwritten, and closed likewise
     * @param nanos the time for the rehearsal
     * @param player {@link #requests}, or a player of a front end
     * @return the number of rounds made
     * @throws PCacheException if the scratch cache cannot be made
     * @throws IOException from the player
     */
    public static int run(CacheMemory memory, BackingDevice backing, boolean dataCrc, long nanos, Player player)
            throws PCacheException, IOException {
        long end = System.nanoTime() + nanos;
        PCacheConfig config = PCacheConfig.builder(BACKING_BYTES)
                .name("rehearsal")
                .dataCrc(dataCrc)
                .build();
        try (PCache cache = open(memory, backing, config)) {
            // With 0 percent, garbage collection always runs.
            cache.setGcPercent(0);
            // A failure of an agent must not end the process: the rehearsal then waits in vain until its time is over.
            cache.start(failure -> {});
            return player.play(cache, end);
        }
    }

    private static PCache open(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
        try {
            return PCache.open(memory, backing, config);
        } catch (PCacheException | RuntimeException | Error e) {
            closeAfter(backing, e);
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
    public static int requests(BlockDevice device, long endNanos) {
        Rehearsal rehearsal = new Rehearsal(device);
        try {
            rehearsal.play(endNanos);
        } finally {
            rehearsal.leave(endNanos);
        }
        return rehearsal.rounds;
    }

    private void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    private void play(long end) {
        ByteBuffer buffer = NativeMemory.allocateAligned(LARGE_BYTES, 4096);
        Scratch[] requests = {new First(buffer), new Second(buffer), new Third(buffer)};
        long seed = 1;
        while (rounds < MAX_ROUNDS && System.nanoTime() < end) {
            for (int i = 0; i < ROUNDS_AT_A_TIME; i++) {
                Scratch request = requests[rounds++ % requests.length];
                seed = seed * 6364136223846793005L + 1442695040888963407L;
                long offset = (seed >>> 33) % (BACKING_BYTES / SECTOR / 2) * SECTOR;
                if (!run(request, Request.Op.WRITE, offset, SECTOR, end)
                        || !run(request, Request.Op.READ, offset, SECTOR, end)) {
                    return;
                }
            }
            // The second half of the device is never written: the first read of a range there misses the cache.
            int large = rounds / ROUNDS_AT_A_TIME;
            if (large % ROUNDS_TO_LARGE == 0
                    && !run(
                            requests[0],
                            Request.Op.READ,
                            BACKING_BYTES / 2 + (long) large * LARGE_BYTES % (BACKING_BYTES / 2),
                            LARGE_BYTES,
                            end)) {
                return;
            }
            if (!run(requests[1], Request.Op.FLUSH, 0, 0, end)) {
                return;
            }
        }
    }

    /** Runs a request. Returns whether the request has ended before the time was over. */
    private boolean run(Scratch request, Request.Op op, long offset, int length, long end) {
        request.ended = false;
        queue.submit(request.prepare(op, offset, length, false, request));
        return request.ended || await(request, end);
    }

    private boolean await(Scratch request, long end) {
        while (true) {
            woken = false;
            queue.poll();
            if (request.ended) {
                return true;
            }
            while (!woken) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
            }
        }
    }

    /** Waits for the requests in flight, since a queue with requests in flight cannot be closed. */
    private void leave(long end) {
        long patience = end + 1_000_000_000L;
        while (queue.inFlight() > 0 && System.nanoTime() < patience) {
            queue.poll();
            LockSupport.parkNanos(this, 1_000_000);
        }
        queue.close();
    }

    /** A request and its data, in three classes. */
    private abstract static class Scratch extends Request implements RequestData {
        final ByteBuffer buffer;
        boolean ended;

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
        protected void completed(int result) {
            ended = true;
        }
    }

    private static final class Second extends Scratch {
        Second(ByteBuffer buffer) {
            super(buffer);
        }

        @Override
        protected void completed(int result) {
            ended = true;
        }
    }

    private static final class Third extends Scratch {
        Third(ByteBuffer buffer) {
            super(buffer);
        }

        @Override
        protected void completed(int result) {
            ended = true;
        }
    }
}
