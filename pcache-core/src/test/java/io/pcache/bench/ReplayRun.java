package io.pcache.bench;

import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.PCache;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;

/**
 * Measures how long the activation of a cache with many keys takes.
 *
 * <pre>
 *    ReplayRun create FILE KEYS    makes a cache of so many keys in random order
 *    ReplayRun activate FILE       activates the cache, as the first thing that this JVM does, and writes once
 * </pre>
 *
 * The file belongs on tmpfs. Keys are as small as possible, so that tmpfs has room for all their data. Replay without
 * data checksums never looks at the data.
 */
public final class ReplayRun {
    private static final int BLOCK = 2048;
    private static final int BLOCKS_IN_SEGMENT = 8_186;
    private static final int KEYS_IN_LOG_SEGMENT = 300_000;
    private static final long SEGMENT_BYTES = 16L << 20;
    /** The first write after each activation begins a segment. */
    private static final int SPARE_SEGMENTS = 64;

    private ReplayRun() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("create")) {
            create(args[1], Integer.parseInt(args[2]));
        } else {
            activate(args[1]);
        }
    }

    private static long deviceBytes(long cacheBytes) {
        return cacheBytes * 4;
    }

    private static PCache open(String file) throws SystemCallException, PCacheException {
        CacheMemory memory = MappedMemory.open(file);
        long size = deviceBytes(memory.size());
        return PCache.open(
                memory, new NullBacking(size), PCacheConfig.builder(size).build());
    }

    private static void create(String file, int keys) throws IOException, PCacheException {
        long segments = keys / BLOCKS_IN_SEGMENT + keys / KEYS_IN_LOG_SEGMENT + SPARE_SEGMENTS;
        try (RandomAccessFile access = new RandomAccessFile(file, "rw")) {
            access.setLength(20480 + segments * SEGMENT_BYTES);
        }
        try (PCache cache = open(file);
                RequestQueue queue = cache.openQueue(null, () -> {})) {
            RandomBlocks blocks = new RandomBlocks(cache.sizeBytes() / BLOCK, 0);
            One request = new One();
            for (int i = 0; i < keys; i++) {
                request.run(queue, Request.Op.WRITE, blocks.next() * BLOCK);
            }
        }
    }

    private static void activate(String file) throws IOException, PCacheException {
        long start = System.nanoTime();
        try (PCache cache = open(file)) {
            long open = System.nanoTime();
            try (RequestQueue queue = cache.openQueue(null, () -> {})) {
                One request = new One();
                long first = System.nanoTime();
                request.run(queue, Request.Op.WRITE, 0);
                long second = System.nanoTime();
                new Report()
                        .put("activation_s", (open - start) / 1e9)
                        .put("first_write_us", (second - first) / 1e3)
                        .put("found", cache.replaySummary())
                        .print();
            }
        }
    }

    /** A request without data. */
    private static final class One extends Request implements RequestData {
        private boolean ended;

        void run(RequestQueue queue, Op op, long offset) {
            ended = false;
            queue.submit(prepare(op, offset, BLOCK, false, this));
            if (!ended) {
                throw new IllegalStateException("a request waits: the cache is full");
            }
        }

        @Override
        public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
            // Leaves the memory as it is.
        }

        @Override
        public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
            // Leaves the memory alone.
        }

        @Override
        public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void completed(int result) {
            if (result != 0) {
                throw new IllegalStateException("a request ended with " + result);
            }
            ended = true;
        }
    }
}
