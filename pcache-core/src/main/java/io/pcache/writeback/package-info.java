/**
 * From the cache to the backing device, behind the log.
 *
 * <pre>
 *  WriteBack       the agent: a batch of key-sets from the dirty tail on, up to a flush, then the tail advances
 *    Batch         the newest copies of the ranges of some keys; the offline tools have theirs
 *    BatchPace     how large a batch may be, so that a full cache does not make writes wait long
 *    Claims        what is left to be written where queues write to the backing device too
 *    CacheReads    dirty data of a cache on a disk, read ahead of the writes
 *    BackingWriter large writes, several in flight, out of the cache's mapping or copied
 * </pre>
 *
 * <p><b>What the backing device holds at any moment.</b> Should the cache be lost, the backing device must be usable,
 * if old: like a disk with a volatile cache after a power cut. So no byte of a write that came after a flush gets there
 * before all that came in front of the flush is durable there, and nothing goes back behind a flush that it had
 * reached. A batch therefore ends with the flush that came behind it, and the dirty tail passes it, durably, before the
 * next is begun. Within a batch only the newest copy of a range is written.
 */
package io.pcache.writeback;
