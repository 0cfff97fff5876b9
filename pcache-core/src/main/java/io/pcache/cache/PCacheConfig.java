package io.pcache.cache;

/**
 * How a cache is brought up.
 *
 * @param sizeBytes  the mapped device's size (the table's length), a multiple of 512, at most the backing device's
 * @param dataCrc    the table's data_crc
 * @param queues     most request queues that will be opened; each holds a data segment of its own
 * @param salvage    activate what is readable where the log is corrupt in the middle, instead of refusing
 * @param allowFormat whether a blank cache device may be formatted
 */
public record PCacheConfig(long sizeBytes, boolean dataCrc, int queues, boolean salvage, boolean allowFormat) {
}
