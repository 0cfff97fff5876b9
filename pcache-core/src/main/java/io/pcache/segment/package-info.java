/**
 * The cache device's space: which segments are free, and who refers to the others.
 *
 * <pre>
 *  SegmentTable     free list, references, generations; a data segment whose last reference is dropped becomes free
 *  SegmentRing      segments in a row: those that came first leave first
 *  SegmentMap       what each segment holds, for people
 *  CachedData       where a place in a segment is on the device, and whether the data there is right
 *  DataChecksums    where data_crc is on: the checksum of every piece of data, by its place
 * </pre>
 *
 * Above this package stand the log, which takes key segments from the table, and the request path. Below this package
 * are only {@link io.pcache.metadata}, {@link io.pcache.memory} and {@link io.pcache.media}.
 */
package io.pcache.segment;
