/**
 * Which bytes of the device are in the cache, and where: the in-memory index from logical ranges to places in segments.
 *
 * <p>The logical space is cut into <em>subtrees</em> of 4 MiB ({@code subtree = byteOffset >>> 22}), in which
 * everything is counted in sectors of 512 bytes. What a subtree holds is a sorted array of
 * {@linkplain io.pcache.index.Extent extents}, one 64-bit word each, that do not overlap.
 *
 * <ul>
 *   <li>{@link io.pcache.index.Extent}: the word's layout. No other class does arithmetic on its bits.
 *   <li>{@link io.pcache.index.CacheIndex}: what the engine uses: insert with newest wins, find, remove, iterate. Locks
 *       are by subtree and are the caller's to take, since its own steps (append to the log, change the index) have to
 *       be under them too.
 *   <li>{@code ExtentArrays}: how the arrays grow and shrink; {@code ExtentSearch}: how one is searched.
 *   <li>{@code SubtreeTable}: a word ({@code Root}) per subtree that says where its array is.
 *   <li>{@link io.pcache.slab.SlabPool}: the memory of both.
 * </ul>
 *
 * <p>Memory, outside of the Java heap: 8 bytes per subtree that was ever used, and for each extent 8 bytes in an array
 * that was about half full when it last grew: 8.4 to 17 bytes an entry in all were measured with 20 million random
 * entries, on devices from 80 GiB to 64 TiB. {@link io.pcache.index.CacheIndex#reserve} is the only call that can meet
 * the limit, so a writer learns that there is no room before it has changed anything; removal always succeeds. Since
 * arrays double, as much as a half of the extents may have to go before an index at its limit has room for one array to
 * grow; the limit should be one that is not met in normal use.
 *
 * <p>Below this package there is only {@link io.pcache.slab}.
 */
package io.pcache.index;
