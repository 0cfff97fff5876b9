package io.pcache.route;

/** Where a request, or a part of a request, goes. */
public enum Route {
    /** To the cache leg alone. */
    CACHE,
    /** To the backing leg alone; data that is read there may go to the cache afterwards. */
    BACKING,
    /** To both. For a write, the cache leg comes first, and the backing leg when the key is durable. */
    BOTH,
    /** Nowhere for now: the leg that the request would take has no free buffer. */
    WAIT,
    /** Nowhere: the cache does not do this. */
    NOWHERE
}
