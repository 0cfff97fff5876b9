/**
 * The cache leg: what one request queue does with the cache device.
 *
 * <pre>
 *  CacheLeg         places, stores and accepts writes; makes clean keys of fills; loads hits
 *    MemoryLeg      the cache device is memory: stores and loads end at once
 *    DeviceLeg      the cache device is a disk: stores and loads are transfers
 *      StoreBatch   pieces that lie side by side, stored by one transfer
 *      Load         a part of a hit, on its way to its request
 *    Piece          a part of a write, on its way to become a key
 * </pre>
 *
 * The leg and the {@linkplain io.pcache.backingleg backing leg} never call each other: the steering in
 * {@link io.pcache.queue} calls both. Where new data goes is decided in {@link io.pcache.placement}.
 *
 * <p>A subtree's lock (see {@link io.pcache.index.CacheIndex#lock}) is held while the index is looked up or changed and
 * a key is appended, never while data is copied. Instead, a load holds references on the segments.
 */
package io.pcache.cacheleg;
