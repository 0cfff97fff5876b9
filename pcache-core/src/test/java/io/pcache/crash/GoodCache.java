package io.pcache.crash;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A sound cache, which is to be forged.
 *
 * @param backingBytes size of the cache's backing device
 */
record GoodCache(SimulatedMemory memory, long backingBytes, boolean dataCrc) {

    /**
     * A cache that pcache made ({@code own}, {@code own with data_crc}), or the kernel image of a scenario, unpacked
     * into the directory.
     */
    static GoodCache named(String name, Path directory) throws Exception {
        if (name.startsWith("own")) {
            return own(name.contains("crc"));
        }
        KernelImage image = KernelImages.named(name);
        return new GoodCache(read(image.unpack(directory).cache()), image.deviceBytes(), image.dataCrc());
    }

    /** Makes a cache that has clean and dirty keys, generations, and a log that goes on in a second segment. */
    static GoodCache own(boolean dataCrc) throws PCacheException {
        long backingBytes = 16 << 20;
        SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);
        SimulatedBacking backing = new SimulatedBacking(backingBytes);
        new TestCache(memory, backing, dataCrc).close();
        CrashRun.placeLog(memory, 3 * 1024);
        TestCache cache = new TestCache(memory, backing, dataCrc);
        cache.read(8 << 20, 64 << 10);
        for (int i = 0; i < 40; i++) {
            cache.write((i * 37 % 1000) * 4096L, new byte[4096]);
            if (i % 3 == 0) {
                cache.flush();
            }
            if (i == 20) {
                cache.parts().writeBack().doWork();
            }
        }
        cache.close();
        return new GoodCache(memory.reopened(), backingBytes, dataCrc);
    }

    static SimulatedMemory read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            SimulatedMemory memory = new SimulatedMemory(Kind.DAX, channel.size());
            ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
            ByteBuffer zeros = ByteBuffer.allocate(4096);
            for (long at = 0; channel.read(chunk.clear(), at) > 0; at += chunk.position()) {
                chunk.flip();
                for (int page = 0; page < chunk.limit(); page += 4096) {
                    ByteBuffer bytes = chunk.slice(page, Math.min(4096, chunk.limit() - page));
                    if (bytes.mismatch(zeros) >= 0 && bytes.mismatch(zeros) < bytes.limit()) {
                        memory.preload(at + page, bytes);
                    }
                }
                chunk.position(chunk.limit());
            }
            return memory;
        }
    }
}
