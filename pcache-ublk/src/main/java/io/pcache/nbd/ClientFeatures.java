package io.pcache.nbd;

/**
 * What a client negotiated.
 *
 * @param structured READs are answered in structured reply chunks
 * @param blockStatus the metadata context base:allocation is selected, so BLOCK_STATUS may be asked
 */
record ClientFeatures(boolean structured, boolean blockStatus) {}
