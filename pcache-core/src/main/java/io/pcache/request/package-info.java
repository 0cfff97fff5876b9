/**
 * The contract between front ends and what they serve.
 *
 * <pre>
 *  front end ──submit──> RequestQueue (one a thread, of a BlockDevice)
 *            <─completed── Request, with its RequestData
 * </pre>
 *
 * <p>{@link io.pcache.request.RequestProgress} is what implementations of a queue keep of a request that they have
 * taken. {@link io.pcache.request.NullDevice} and {@link io.pcache.request.MemoryDevice} are devices without a cache,
 * for measurements and tests; the cache's own queues are in {@link io.pcache.queue}.
 */
package io.pcache.request;
