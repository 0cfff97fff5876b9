/**
 * The backing leg: what one request queue has the backing device do, in buffers of its own.
 *
 * <pre>
 *  BackingLeg       starts transfers, and tells the queue's steering of their ends
 *    Fill           a read for a range that the cache does not hold
 *    ThroughWrite   a part of a write that goes to the backing device before the write ends
 * </pre>
 *
 * The leg and the {@linkplain io.pcache.cacheleg cache leg} never call each other: the steering in
 * {@link io.pcache.queue} calls both. All transfers end later than the call that starts them, from within
 * {@link io.pcache.backing.BackingQueue#poll}.
 */
package io.pcache.backingleg;
