package io.pcache.engine;

import io.pcache.agent.Agent;
import io.pcache.backing.BackingDevice;
import io.pcache.backing.CacheDisk;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;

/**
 * A cache without threads, which the test's thread drives: one request at a time, or several. The agents work when the
 * test says so, or when a request cannot end without them.
 */
public final class TestCache implements AutoCloseable {

    /** A request that remembers its end. */
    public static final class TestRequest extends Request {
        public final ByteBuffer buffer;
        public boolean ended;
        public int result;

        public TestRequest(int bytes) {
            buffer = ByteBuffer.allocateDirect(bytes);
        }

        @Override
        protected void completed(int result) {
            this.ended = true;
            this.result = result;
        }
    }

    /**
     * What queues have asked for. Apart from the cache, because a backing device that outlives the cache must not keep
     * it reachable.
     */
    private static final class Wakes {
        /** Whether a queue has asked since the last round. */
        volatile boolean woken;

        volatile int count;

        @SuppressWarnings("NonAtomicOperationOnVolatileField")
        void wake() {
            woken = true;
            count++;
        }
    }

    private final PCache cache;
    private final RequestQueue[] queues;
    private final Wakes wakes = new Wakes();

    public TestCache(CacheMemory memory, BackingDevice backing, PCacheConfig config, int queues)
            throws PCacheException {
        this(memory, null, backing, config, queues);
    }

    /** @param disk the cache device once more, for transfers of data; null for none */
    public TestCache(CacheMemory memory, CacheDisk disk, BackingDevice backing, PCacheConfig config, int queues)
            throws PCacheException {
        cache = PCache.open(memory, disk, backing, config);
        this.queues = new RequestQueue[queues];
        for (int i = 0; i < queues; i++) {
            this.queues[i] = cache.openQueue(null, wakes::wake);
        }
    }

    public TestCache(CacheMemory memory, BackingDevice backing, boolean dataCrc) throws PCacheException {
        this(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc).build(),
                1);
    }

    public PCache cache() {
        return cache;
    }

    /** The parts of the cache. */
    public CacheParts parts() {
        return cache.parts();
    }

    /** The parts of a cache that a test has opened itself. */
    public static CacheParts parts(PCache cache) {
        return cache.parts();
    }

    /** The agents of a cache that a test has opened itself. From now on, only one of them takes memory. */
    public static List<Agent> agents(PCache cache) {
        return cache.agents();
    }

    /** Gives back the memory of a cache that is not closed, as the end of its process would. */
    public static void abandon(PCache cache) {
        CacheParts parts = cache.parts();
        parts.index().close();
        if (parts.data().checksums() != null) {
            parts.data().checksums().close();
        }
    }

    public TestRequest submit(int queue, Request.Op op, long offset, int length, boolean fua, byte[] data) {
        TestRequest request = new TestRequest(length);
        if (data != null) {
            request.buffer.put(0, data, 0, length);
        }
        request.prepare(op, offset, length, fua, new BufferData(request.buffer));
        queues[queue].submit(request);
        return request;
    }

    /** Submits a request of a class of the test. */
    public void submit(int queue, Request request) {
        queues[queue].submit(request);
    }

    /** Lets queues and agents work until the request has ended. */
    public int await(TestRequest request) {
        for (int idle = 0; !request.ended; idle++) {
            if (step()) {
                idle = 0;
            } else if (idle > 3) {
                throw new AssertionError("a request does not end, and nobody has work: " + cache.statusLine() + " "
                        + cache.writeBackProblem() + " " + cache.gcProblem());
            }
        }
        return request.result;
    }

    /** One round of all queues and agents; returns whether anything was done. */
    public boolean step() {
        wakes.woken = false;
        boolean worked = pollQueues();
        worked |= cache.parts().committer().doWork();
        worked |= cache.parts().writeBack().doWork();
        worked |= cache.parts().gc().doWork();
        worked |= cache.parts().grower().doWork();
        return worked || wakes.woken;
    }

    public void giveUp(int queue, Predicate<Request> which) {
        queues[queue].giveUp(which);
    }

    public boolean isIdle(int queue) {
        return queues[queue].isIdle();
    }

    public boolean pollQueue(int queue) {
        return queues[queue].poll() > 0 || queues[queue].holdsBack();
    }

    /** How often queues have asked to be polled. */
    public int wakes() {
        return wakes.count;
    }

    public boolean isWoken() {
        return wakes.woken;
    }

    public void clearWake() {
        wakes.woken = false;
    }

    public boolean pollQueues() {
        boolean worked = false;
        for (RequestQueue queue : queues) {
            worked |= queue.poll() > 0 || queue.holdsBack();
        }
        return worked;
    }

    public byte[] read(long offset, int length) {
        TestRequest request = submit(0, Request.Op.READ, offset, length, false, null);
        int result = await(request);
        if (result != 0) {
            throw new AssertionError("read of " + length + " bytes at " + offset + " ended with " + result);
        }
        byte[] bytes = new byte[length];
        request.buffer.get(0, bytes);
        return bytes;
    }

    public int tryRead(long offset, int length) {
        return await(submit(0, Request.Op.READ, offset, length, false, null));
    }

    public void write(long offset, byte[] data) {
        ok(await(submit(0, Request.Op.WRITE, offset, data.length, false, data)));
    }

    public void writeFua(long offset, byte[] data) {
        ok(await(submit(0, Request.Op.WRITE, offset, data.length, true, data)));
    }

    public void flush() {
        ok(await(submit(0, Request.Op.FLUSH, 0, 0, false, null)));
    }

    private static void ok(int result) {
        if (result != 0) {
            throw new AssertionError("request ended with " + result);
        }
    }

    /** Commits, writes back and collects until no queue and no agent has work. */
    public void settle() {
        cache.parts().committer().flush();
        while (step()) {
            continue;
        }
    }

    /** Lets go of the cache as a crash would: nothing more is written. The memory stays open. */
    public void abandon() {
        for (RequestQueue queue : queues) {
            while (queue.poll() > 0 || queue.holdsBack()) {
                continue;
            }
        }
    }

    @Override
    public void close() {
        for (RequestQueue queue : queues) {
            queue.close();
        }
        cache.close();
    }
}
