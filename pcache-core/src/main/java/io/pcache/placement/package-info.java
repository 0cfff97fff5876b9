/**
 * Where new data goes in the cache.
 *
 * <pre>
 *  Placement       a queue's pieces: a place for each, its data, its checksum
 *  DataHead        a queue's own segment, filled from front to back
 *  WriteThrottle   holds writes to the pace of garbage collection when few segments are free
 * </pre>
 */
package io.pcache.placement;
