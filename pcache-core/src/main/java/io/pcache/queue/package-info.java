/**
 * A request's way through the cache.
 *
 * <pre>
 *  front end ──submit──> CacheQueue (one for each thread)
 *                          Writes    pieces into the cache leg, in order, as room allows
 *                          Throughs  goes on to the backing leg with writes that the cache has, where the mode says so
 *                          Reads     hits by the cache leg, the rest by the backing leg, and from there into the cache
 *                          Flushes   the committer makes the log durable
 *                             │
 *              cache leg ─────┴───── backing leg          (they never call each other)
 *                             │
 *            <─completed── Join     counts the parts of a request; the first error wins
 * </pre>
 *
 * {@link io.pcache.queue.CacheQueues} puts a queue together. Only the steering knows the order in which legs are used.
 * Only the join completes a request.
 */
package io.pcache.queue;
