package io.pcache.memory;

import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory without a name, for fast tests and benchmarks: a deleted file on tmpfs. Only pages that were stored to take
 * memory.
 */
public final class AnonymousMemory {
    private AnonymousMemory() {}

    /**
     * Zeroed memory of kind DAX, which is made durable like persistent memory; to be closed. The kind is VOLATILE where
     * libpmem is missing.
     */
    public static CacheMemory durable(long sizeBytes) {
        try {
            return Mapping.anonymous(
                            SystemCalls.linux(), PersistentMemoryLibrary.load().orElse(null), sizeBytes)
                    .memory();
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Zeroed memory of kind PAGE_CACHE, whose path can be opened; to be closed. */
    public static MappedMemory behindPageCache(long sizeBytes) {
        try {
            return Mapping.anonymousFile(SystemCalls.linux(), sizeBytes).memory();
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Zeroed memory of kind VOLATILE; to be closed. Where /dev/shm is missing, the memory is a deleted disk file, of
     * kind PAGE_CACHE.
     */
    public static CacheMemory create(long sizeBytes) {
        try {
            Path shared = Path.of("/dev/shm");
            Path file = Files.isWritable(shared)
                    ? Files.createTempFile(shared, "pcache", ".mem")
                    : Files.createTempFile("pcache", ".mem");
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                access.setLength(sizeBytes);
                return MappedMemory.open(file.toString());
            } finally {
                Files.delete(file);
            }
        } catch (SystemCallException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
