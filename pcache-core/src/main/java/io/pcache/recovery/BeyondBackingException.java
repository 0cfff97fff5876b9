package io.pcache.recovery;

/**
 * The cache has a key for bytes beyond the end of the backing device. This is not damage: the backing device is another
 * device, or has shrunk.
 */
final class BeyondBackingException extends RuntimeException {
    /** @param end behind the key's last byte */
    BeyondBackingException(long end) {
        super("the cache has data for the backing device up to its byte " + end);
    }
}
