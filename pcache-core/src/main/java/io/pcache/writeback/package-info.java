/**
 * From the cache to the backing device, behind the log.
 *
 * <pre>
 *  WriteBack       the agent: a batch of key-sets from the dirty tail on, in stages, then the tail advances
 *    Batch         the dirty keys of some key-sets, and between which of them a flush came
 *    BackingWriter large writes, several in flight, out of the cache
 * </pre>
 *
 * <p><b>What the backing device holds at any moment.</b> Should the cache be lost, the backing device must be usable, if old: like a disk
 * with a volatile cache after a power cut. So no byte of a write that came after a flush gets there before all that came in
 * front of the flush is durable there. A batch is therefore written in stages, one for each flush in it, with a flush of the backing
 * device between. Within that rule only the newest copy of a range in the batch is written, in the first stage in which the range occurs: a write may always
 * reach a disk earlier than it has to.
 */
package io.pcache.writeback;
