package io.pcache.route;

/** Where a request, or a part of one, goes. */
public enum Route {
    /** To the cache leg alone. */
    CACHE,
    /** To the backing leg alone; what is read there may go to the cache afterwards. */
    BACKING,
    /** To both. Of a write the cache leg comes first, and the backing leg when the key is durable. */
    BOTH,
    /** Nowhere now: the backing leg has no buffer free. */
    WAIT,
    /** Nowhere: the cache does not do this. */
    NOWHERE
}
