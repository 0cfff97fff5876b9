/**
 * What is under way between the cache and the backing device, so that transfers which concern each other know of each
 * other.
 *
 * <pre>
 *  Flights         transfers by their range; guarded by the locks of the index
 *  BackingFlushes  writes that the backing device may lose with its power, and the flushes that end that
 * </pre>
 */
package io.pcache.flight;
