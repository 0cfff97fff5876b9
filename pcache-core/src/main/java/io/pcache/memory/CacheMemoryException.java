package io.pcache.memory;

/** The cache device failed a load, a store or a sync. Requests that meet this failure end with EIO. */
public final class CacheMemoryException extends RuntimeException {
    public CacheMemoryException(String message) {
        super(message);
    }

    public CacheMemoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
