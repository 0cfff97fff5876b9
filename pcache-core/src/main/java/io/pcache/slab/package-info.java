/**
 * Memory for what grows with the cache's contents: outside of the Java heap, taken from the system as it is used,
 * within a limit.
 *
 * <pre>
 *  SlabPool         gives out arrays of words of a power of two; the index's arrays and table, the data checksums
 *  ChunkMemory      the chunks that a pool is made of: mapped, and touched, before they are given out
 *  GrowingMemory    what owns pools: how it grows and ends
 *  FreeMemory       how much the system can give; asked before a chunk is taken
 *  AvailableMemory  what the kernel says of that, with the limits of control groups
 * </pre>
 *
 * <p>A pool that grows by itself takes a chunk when it has none, which suits replay and tools. Under requests that
 * would be wrong: taking memory can wait for write-back of dirty pages, which may be those of this very device. So once
 * a cache is activated its pools {@linkplain io.pcache.slab.SlabPool#growAhead grow ahead of use} on a thread of their
 * own, and an allocation that finds nothing fails: a write then waits until the thread has taken more, or until garbage
 * collection has made room, and a fill is not cached. Only a removal that must not fail takes a chunk at once, and one
 * is kept for that.
 *
 * <p>Memory is given back when the cache is closed, and its addresses when nobody can reach the pool any more. Who
 * still reads it in between finds zeros.
 */
package io.pcache.slab;
