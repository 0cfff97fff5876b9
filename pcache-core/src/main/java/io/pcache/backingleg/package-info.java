/**
 * The backing leg: the transfers that one request queue makes on the backing device, in buffers of the queue.
 *
 * <pre>
 *  BackingLeg       starts transfers, and tells the queue's steering when they end
 *    Fill           a read for a range that the cache does not hold
 *    ThroughWrite   a part of a write that goes to the backing device before the write ends
 * </pre>
 *
 * The leg and the {@linkplain io.pcache.cacheleg cache leg} never call each other: the steering in
 * {@link io.pcache.queue} calls both. A transfer always ends later than the call that starts it, from within
 * {@link io.pcache.backing.BackingQueue#poll}.
 */
package io.pcache.backingleg;
