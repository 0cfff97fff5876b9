package io.pcache.cache;

import java.util.List;

/**
 * A cache cannot be closed, since threads are at work in it that do not end: its memory and its devices stay as they
 * are. It may be closed again later.
 */
public final class CacheInUseException extends RuntimeException {
    /** @param users who does not come and what that waits for, in words; at least one */
    public CacheInUseException(List<String> users) {
        super(String.join("; ", users));
    }
}
