/**
 * The bytes of a cache device: where every structure of the dm-pcache media format lies, with a stateless class for
 * each structure, and the format's checksum.
 *
 * <p>Nothing here reads or writes a device, and nothing here imports another package of pcache. All other packages do
 * their arithmetic on offsets with these classes. So all questions about the format are answered in this folder.
 *
 * <pre>
 *  DeviceLayout        where the structures and segments are on the device
 *    SuperblockLayout  one copy, written last when a device is formatted
 *    CacheInfoLayout   two copies: flags, number of segments, GC percent
 *    PositionLayout    two copies each: key tail, dirty tail
 *    SegmentInfoLayout two copies in each segment: the chain of segments
 *    GenerationLayout  two copies in each segment: how often its space was freed
 *    KeySetLayout      the log's records, in the data area of key segments
 *      KeyLayout       an extent of cached data
 *  HeaderLayout        first in every structure of which there are two copies
 * </pre>
 *
 * All integers are little-endian. Numbers come from the format as Linux's dm-pcache writes it (in mainline since 6.18).
 */
package io.pcache.media;
