/**
 * The cache device's space: which segments are free, who refers to the others, and the giving out of data space in
 * them.
 *
 * <pre>
 *  SegmentTable     free list, references, generations; a data segment whose last reference is dropped becomes free
 *  SegmentMap       what each segment holds, for people
 *  DataHead         a queue's own segment, filled from front to back
 *  DataChecksums    where data_crc is on: the checksum of every piece of data, by its place
 * </pre>
 *
 * Above it stand the log (which takes key segments from the table) and the request path; below it only
 * {@link io.pcache.metadata}, {@link io.pcache.memory} and {@link io.pcache.media}.
 */
package io.pcache.segment;
