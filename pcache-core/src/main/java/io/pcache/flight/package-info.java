/**
 * What is in flight, by its range: {@link io.pcache.flight.PendingFills} are reads of the backing device whose data may
 * go into the cache, unless a write comes first.
 */
package io.pcache.flight;
