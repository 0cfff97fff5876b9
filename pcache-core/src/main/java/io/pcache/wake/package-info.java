/**
 * How the threads of a cache wake each other.
 *
 * <pre>
 *  Doorbells      every event, and whom the event wakes
 *  Signal         the bell of one agent
 *  SpaceWaiters   the bells of the request queues, and what each queue waits for
 * </pre>
 *
 * Below this package there is only {@link io.pcache.clock}.
 */
package io.pcache.wake;
