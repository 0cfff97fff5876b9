package io.pcache.bench;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.PCache;
import io.pcache.engine.TestCache;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/**
 * A cache on plain memory, which is stored to like persistent memory. The agents work when {@link #drain} says so,
 * unless {@link #start} has given them threads.
 */
public final class BenchCache implements AutoCloseable {
    public static final int BLOCK = 4096;

    private final PCache cache;

    public BenchCache(long cacheBytes, BackingDevice backing, boolean dataCrc) {
        this(AnonymousMemory.durable(cacheBytes), backing, dataCrc);
    }

    /** Takes both devices over. */
    public BenchCache(CacheMemory memory, BackingDevice backing, boolean dataCrc) {
        try {
            cache = PCache.open(
                    memory,
                    backing,
                    PCacheConfig.builder(backing.sizeBytes())
                            .name("bench")
                            .dataCrc(dataCrc)
                            .build());
        } catch (PCacheException e) {
            throw new IllegalStateException(e);
        }
    }

    public PCache cache() {
        return cache;
    }

    public BenchCache start() {
        cache.start(failure -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        return this;
    }

    public Client client() {
        return new Client(cache);
    }

    /**
     * Writes everything back and frees all segments that can be freed. For caches that were not {@linkplain #start
     * started}.
     */
    public void drain() {
        cache.setGcPercent(0);
        TestCache.parts(cache).committer().flush();
        boolean worked;
        do {
            worked = TestCache.parts(cache).committer().doWork()
                    | TestCache.parts(cache).writeBack().doWork()
                    | TestCache.parts(cache).gc().doWork();
        } while (worked);
    }

    @Override
    public void close() {
        cache.close();
    }

    /** One thread's way to the cache: one request at a time. */
    public static final class Client extends Request implements AutoCloseable {
        private final RequestQueue queue;
        private final ByteBuffer buffer = NativeMemory.allocateAligned(1 << 20, 4096);
        private final BufferData data = new BufferData(buffer);
        private volatile boolean wakeUp;
        private final Thread owner = Thread.currentThread();
        private boolean ended;
        private int result;

        Client(PCache cache) {
            for (int i = 0; i < buffer.capacity(); i += Long.BYTES) {
                buffer.putLong(i, i * 0x9E3779B97F4A7C15L);
            }
            queue = cache.openQueue(null, this::wake);
        }

        private void wake() {
            wakeUp = true;
            LockSupport.unpark(owner);
        }

        public ByteBuffer buffer() {
            return buffer;
        }

        public void write(long offset, int length) {
            run(Op.WRITE, offset, length);
        }

        public void read(long offset, int length) {
            run(Op.READ, offset, length);
        }

        public void flush() {
            run(Op.FLUSH, 0, 0);
        }

        private void run(Op op, long offset, int length) {
            ended = false;
            queue.submit(prepare(op, offset, length, false, data));
            if (!ended) {
                await();
            }
            if (result != 0) {
                throw new IllegalStateException(op + " of " + length + " bytes at " + offset + ": " + result);
            }
        }

        /** Waits only when the cache is full, or when the data is not in the cache. */
        private void await() {
            while (true) {
                wakeUp = false;
                queue.poll();
                if (ended) {
                    return;
                }
                while (!wakeUp) {
                    LockSupport.park(this);
                }
            }
        }

        @Override
        protected void completed(int result) {
            this.result = result;
            this.ended = true;
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
