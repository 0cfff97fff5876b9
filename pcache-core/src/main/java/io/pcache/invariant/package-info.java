/**
 * What must always be true of a cache: {@link io.pcache.invariant.Invariant} lists the invariants by name, and
 * {@link io.pcache.invariant.Stop} says what happens to a device for which an invariant does not hold. The checks
 * themselves stand where the state changes.
 *
 * <p>Constants that depend on each other are checked when their classes are loaded: see
 * {@link io.pcache.index.CacheIndex#requireListsForLocks}.
 */
package io.pcache.invariant;
