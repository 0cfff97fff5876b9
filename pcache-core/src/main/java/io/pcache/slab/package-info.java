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
 * <p>A pool that grows by itself takes a chunk when it has none, which suits replay and tools. Under requests this
 * would be wrong: to take memory may mean to wait for the write-back of dirty pages, which may be pages of this very
 * device. So once a cache is activated, its pools {@linkplain io.pcache.slab.SlabPool#growAhead grow ahead of use} on a
 * thread of their own, and an allocation that finds no chunk fails. A write then waits until the thread has taken more,
 * or until garbage collection has made room; a fill is not cached. Only a removal that must not fail takes a chunk at
 * once, and one chunk is kept for that.
 *
 * <p>The memory is given back when the cache is closed. Its addresses are given back when nobody can reach the pool any
 * more. In between, readers find zeros.
 */
package io.pcache.slab;
