/**
 * From the bytes of a cache device to a cache that works.
 *
 * <pre>
 *  Activation            the steps, in order; ends with the parts of a cache, or a named error, never half-way
 *    DeviceContent       whether a device without a cache carries something else
 *      ForeignSignature  the kinds of content that are known without libblkid
 *    BackingSignature    whether the backing device carries a cache, too
 *    IdentityCheck       whether the backing device is the one that the cache belongs to
 *    CleanDataCheck      whether the backing device has the same data as the cache, where the cache is clean
 *    Formatter           writes an empty cache
 *    SegmentChain        which physical segment is cache segment n
 *    LogRecovery         which of the tails to believe, where replay starts, what is refused
 *      Replay            walks the log: takes references, finds where the log goes on
 *        ReplayBatch     takes what the keys of the log say to the index
 * </pre>
 *
 * Every value that is read from the medium is checked before the value serves as an index, a length or an address: the
 * checksums are unkeyed.
 */
package io.pcache.recovery;
