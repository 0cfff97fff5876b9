/**
 * From the bytes of a cache device to a cache that works.
 *
 * <pre>
 *  Activation            the steps, in order; ends with the parts of a cache, or a named error, never half-way
 *    DeviceContent       whether a device that has no cache on it has something else
 *      ForeignSignature  what is known without libblkid
 *    BackingSignature    whether the device behind it is a cache, too
 *    IdentityCheck       whether it is the backing device that the cache belongs to
 *    CleanDataCheck      whether it holds what the cache has clean
 *    Formatter           writes an empty cache
 *    SegmentChain        which physical segment is cache segment n
 *    LogRecovery         which of the tails to believe, where replay starts, what is refused
 *      Replay            walks the log: references, where it goes on; a ReplayBatch takes what it finds to the index
 * </pre>
 *
 * Everything read from the medium is checked before it is used as an index, a length or an address: the checksums are
 * unkeyed.
 */
package io.pcache.recovery;
