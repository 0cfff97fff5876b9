/**
 * A request's way through the cache.
 *
 * <pre>
 *  front end ──submit──> CacheQueue (one a thread)
 *                          WritePath: Placement gives space ─ data copied in, drained ─ under the subtree's lock: key to the log, extent to the index
 *                          ReadPath:  under the subtree's lock: look up, take references ─ hits copied out
 *                          FillPath:  what was missing is read from the backing device, answered, and made a clean key
 *                          FlushPath: Committer makes the log durable
 *            <─completed── Completion
 * </pre>
 *
 * What a front end sees: {@link io.pcache.request.BlockDevice}, {@link io.pcache.request.RequestQueue},
 * {@link io.pcache.request.Request} and {@link io.pcache.request.RequestData}. The cache's own queue is
 * {@link io.pcache.request.CacheQueue}.
 *
 * <p>Locks: a subtree's lock (see {@link io.pcache.index.CacheIndex#lock}) is held while the index is looked up or
 * changed and a key is appended, never while data is copied. A read holds references on the segments that it copies
 * from instead.
 */
package io.pcache.request;
