/**
 * From the cache to the backing device, behind the log.
 *
 * <pre>
 *  WriteBack       the agent: a batch of key-sets from the dirty tail on, up to a flush, then the tail advances
 *    Batch         the newest copies of the ranges of some keys; the offline tools make batches of their own
 *    BatchPace     how large a batch may be, so that a full cache does not make writes wait long
 *    YieldingPace  rests between batches while clients are at work, where the cache device is a disk
 *    Claims        which ranges are left to be written, where queues write to the backing device too
 *    CacheReads    dirty data of a cache on a disk, read ahead of the writes
 *    BackingWriter large writes, several in flight, out of the cache's mapping or copied
 * </pre>
 *
 * <p><b>What the backing device holds at any moment.</b> If the cache is lost, the backing device must be usable,
 * though old: like a disk with a volatile cache after a power cut. So a write that came after a flush must not reach
 * the backing device, not with one byte, before all writes in front of the flush are durable there. And once the
 * backing device has reached a flush, nothing may take the device back behind this flush. A batch therefore ends with
 * the flush that came behind the batch, and the dirty tail passes the batch, durably, before the next batch is begun.
 * Within a batch, only the newest copy of a range is written.
 */
package io.pcache.writeback;
