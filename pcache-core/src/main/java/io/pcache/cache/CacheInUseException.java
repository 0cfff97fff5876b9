package io.pcache.cache;

import java.util.List;

/**
 * A cache cannot be closed, because threads are at work in it and do not end. The cache's memory and devices stay as
 * they are. The cache may be closed again later.
 */
public final class CacheInUseException extends RuntimeException {
    /** @param users which threads do not end and what they wait for, in words; at least one */
    public CacheInUseException(List<String> users) {
        super(String.join("; ", users));
    }
}
