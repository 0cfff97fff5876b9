/**
 * Which bytes of the device are in the cache, and where: the in-memory index from logical ranges to places in segments.
 *
 * <p>The logical space is cut into <em>subtrees</em> of 4 MiB ({@code subtree = byteOffset >>> 22}). Inside a subtree,
 * everything is counted in sectors of 512 bytes. A subtree holds a sorted array of {@linkplain io.pcache.index.Extent
 * extents}, one 64-bit word each, that do not overlap.
 *
 * <ul>
 *   <li>{@link io.pcache.index.Extent}: the word's layout. No other class does arithmetic on its bits.
 *   <li>{@link io.pcache.index.CacheIndex}: what the engine uses: insert (the newest wins), find, remove, iterate.
 *       Locks are by subtree. The caller takes them, since other steps of the caller (an append to the log, a change of
 *       the index) have to be under the same lock.
 *   <li>{@code ExtentArrays}: how the arrays grow and shrink; {@code ExtentSearch}: how an array is searched.
 *   <li>{@code SubtreeTable}: a word ({@code Root}) for each subtree that says where the subtree's array is.
 *   <li>{@link io.pcache.slab.SlabPool}: the memory of both.
 * </ul>
 *
 * <p>The memory is outside of the Java heap: 8 bytes for each subtree that was ever used, and 8 bytes for each extent,
 * in an array that was about half full when it last grew. With 20 million random entries, on devices from 80 GiB to 64
 * TiB, 8.4 to 17 bytes an entry were measured in all. {@link io.pcache.index.CacheIndex#reserve} is the only call that
 * can meet the limit, so a writer learns that there is no room before anything has changed. Removal always succeeds.
 * Since arrays double, up to a half of the extents may have to go before an index at its limit has room for one array
 * to grow. So the limit should not be met in normal use.
 *
 * <p>Below this package there is only {@link io.pcache.slab}.
 */
package io.pcache.index;
