package io.pcache.recovery;

/**
 * The cache has a key for bytes that the backing device has not: not damage, but another device, or one that has
 * shrunk.
 */
final class BeyondBackingException extends RuntimeException {
    /** @param end behind the key's last byte */
    BeyondBackingException(long end) {
        super("the cache has data for the backing device up to its byte " + end);
    }
}
