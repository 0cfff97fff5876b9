/**
 * What must always be true of a cache: {@link io.pcache.invariant.Invariant} lists it by name,
 * {@link io.pcache.invariant.Stop} says what happens to a device where it is not. The checks themselves stand where the
 * state changes.
 *
 * <p>Constants that depend on each other are checked when their classes are loaded: see
 * {@link io.pcache.index.CacheIndex#requireListsForLocks}.
 */
package io.pcache.invariant;
