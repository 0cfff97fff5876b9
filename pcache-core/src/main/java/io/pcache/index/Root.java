package io.pcache.index;

import io.pcache.slab.SlabPool;

/**
 * A subtree's word in the table: nothing, the only extent, or where the array is.
 *
 * <pre>
 *   63  62  61        58 57         44 43              0
 *   +---+---+-----------+-------------+----------------+
 *   | 0 | 0 | 0                                        |  empty
 *   | 0 | 1 | the only extent                          |  lone
 *   | 0 | 0 | order     | count       | address / 4    |  slab
 *   +---+---+-----------+-------------+----------------+
 * </pre>
 *
 * A slab has 2^order words at the address, of which {@code count} are in use; an order is never 0. The upper bit is
 * zero, as in every word that lies in a slab of a {@link SlabPool}.
 */
final class Root {
    static final long EMPTY = 0;

    private static final long LONE = 1L << Extent.BITS;
    private static final int ORDER_SHIFT = 58;
    private static final int ORDER_MASK = 15;
    private static final int COUNT_SHIFT = 44;
    private static final int COUNT_MASK = (1 << ORDER_SHIFT - COUNT_SHIFT) - 1;
    private static final long ADDRESS_MASK = (1L << COUNT_SHIFT) - 1;

    private Root() {}

    static boolean isSlab(long root) {
        return root < LONE && root != EMPTY;
    }

    static boolean isLone(long root) {
        return root >= LONE;
    }

    static long lone(long extent) {
        return extent | LONE;
    }

    /** The extent of a lone root. */
    static long extent(long root) {
        return root & ~LONE;
    }

    static long slab(long address, int order, int count) {
        return (long) order << ORDER_SHIFT | (long) count << COUNT_SHIFT | address >>> SlabPool.MIN_ORDER;
    }

    /** The root of the same slab, with another count. */
    static long withCount(long slab, int count) {
        return slab & ~((long) COUNT_MASK << COUNT_SHIFT) | (long) count << COUNT_SHIFT;
    }

    /** Number of extents in the subtree. */
    static int count(long root) {
        if (isSlab(root)) {
            return (int) (root >>> COUNT_SHIFT) & COUNT_MASK;
        }
        return root == EMPTY ? 0 : 1;
    }

    /** How many extents the subtree can have without more memory. */
    static int capacity(long root) {
        return isSlab(root) ? 1 << order(root) : 1;
    }

    static int order(long slab) {
        return (int) (slab >>> ORDER_SHIFT) & ORDER_MASK;
    }

    static long address(long slab) {
        return (slab & ADDRESS_MASK) << SlabPool.MIN_ORDER;
    }
}
