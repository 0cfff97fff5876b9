/**
 * The contract between front ends and the devices that they serve.
 *
 * <pre>
 *  front end ──submit──> RequestQueue (one for each thread, of a BlockDevice)
 *            <─completed── Request, with its RequestData
 * </pre>
 *
 * <p>{@link io.pcache.request.RequestProgress} is what implementations of a queue note about a request that they have
 * taken. {@link io.pcache.request.NullDevice} and {@link io.pcache.request.MemoryDevice} are devices without a cache,
 * for measurements and tests. The cache's own queues are in {@link io.pcache.queue}.
 */
package io.pcache.request;
