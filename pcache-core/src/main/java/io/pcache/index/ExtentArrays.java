package io.pcache.index;

import io.pcache.slab.SlabPool;
import io.pcache.sys.NativeWords;

/**
 * Where the sorted arrays of the subtrees lie, and how they grow and shrink. A subtree with at most one extent has no
 * array, since its {@link Root} says all. Any other subtree has a slab.
 *
 * <p>A slab is doubled when it is full, and halved when only a quarter is in use. So an array whose size swings around
 * one value does not move each time. Once the limit was reached, and until there is room again, removals halve a slab
 * when a half is in use, and move arrays so that free slabs become whole. Then a waiting writer gets a slab after few
 * removals, and not only when the cache is nearly empty.
 *
 * <p>All methods that name a subtree need the subtree's lock. {@code lone} is the address of a word that belongs to
 * this lock. The word stands for the array of a subtree without a slab.
 */
final class ExtentArrays {
    /** Result of an {@link #enlarge} for which the limit leaves no room. */
    static final long NO_ROOM = Root.EMPTY;

    final SubtreeTable table;
    final SlabPool pool;

    /** @param extraWords number of words that the owner will take from the table's pool */
    ExtentArrays(int subtrees, int extraWords, long limitBytes) {
        table = new SubtreeTable(subtrees, extraWords);
        pool = new SlabPool(limitBytes);
    }

    long root(int subtree) {
        return table.get(subtree);
    }

    /** The address of the subtree's first extent. */
    long array(long root, long lone) {
        if (Root.isSlab(root)) {
            return pool.locate(Root.address(root));
        }
        NativeWords.set(lone, Root.extent(root));
        return lone;
    }

    /**
     * Makes room for {@code needed} extents in all.
     *
     * @return false when the limit is reached; nothing has changed then
     */
    boolean reserve(int subtree, long root, int needed) {
        if (needed <= Root.capacity(root)) {
            return root != Root.EMPTY || table.prepare(subtree);
        }
        return (root != Root.EMPTY || table.prepare(subtree)) && enlarge(subtree, root, needed, false) != NO_ROOM;
    }

    /**
     * Puts up to three extents, those that are not NONE, in place of the extents from {@code first} up to
     * {@code behind}.
     *
     * @param removal whether to take memory beyond the limit rather than fail
     * @return how many more extents the subtree has now
     * @throws IllegalStateException when there is no room; nothing has changed then
     */
    int splice(
            int subtree,
            long root,
            long lone,
            int first,
            int behind,
            long left,
            long middle,
            long right,
            boolean removal) {
        int added = (left != Extent.NONE ? 1 : 0) + (middle != Extent.NONE ? 1 : 0) + (right != Extent.NONE ? 1 : 0);
        int count = Root.count(root);
        int difference = added - (behind - first);
        if (count + difference > Root.capacity(root)) {
            root = enlarge(subtree, root, count + difference, removal);
            if (root == NO_ROOM) {
                throw new IllegalStateException("no room in the index: reserve before insert");
            }
        }
        long array = Root.isSlab(root) ? pool.locate(Root.address(root)) : lone;
        long at = array + ((long) first << 3);
        if (behind < count && difference != 0) {
            NativeWords.move(array + ((long) behind << 3), at + ((long) added << 3), count - behind);
        }
        if (left != Extent.NONE) {
            NativeWords.set(at, left);
            at += Long.BYTES;
        }
        if (middle != Extent.NONE) {
            NativeWords.set(at, middle);
            at += Long.BYTES;
        }
        if (right != Extent.NONE) {
            NativeWords.set(at, right);
        }
        store(subtree, root, array, count + difference, removal);
        return difference;
    }

    private void store(int subtree, long root, long array, int count, boolean removal) {
        long newRoot;
        if (!Root.isSlab(root)) {
            newRoot = count == 0 ? Root.EMPTY : Root.lone(NativeWords.get(array));
        } else {
            int wanted = removal ? pool.wanted() : 0;
            newRoot = Root.withCount(root, count);
            if (count <= Root.capacity(root) >> (wanted == 0 ? 2 : 1)) {
                newRoot = shrink(newRoot, array, wanted == 0 ? 2 : 1);
            }
            if (Root.isSlab(newRoot) && Root.order(newRoot) < wanted) {
                newRoot = makeRoom(newRoot);
            }
        }
        table.set(subtree, newRoot);
    }

    /** Moves a subtree's extents to a larger slab. Returns the new root, which is stored already, or NO_ROOM. */
    private long enlarge(int subtree, long root, int needed, boolean force) {
        int count = Root.count(root);
        int order = SlabPool.orderFor(needed);
        long address = pool.allocate(order, force);
        if (address == SlabPool.NO_ROOM) {
            return NO_ROOM;
        }
        long newRoot;
        if (Root.isSlab(root)) {
            newRoot = move(root, address, order);
        } else {
            newRoot = Root.slab(address, order, count);
            if (count > 0) {
                NativeWords.set(pool.locate(address), Root.extent(root));
            }
        }
        table.set(subtree, newRoot);
        return newRoot;
    }

    /**
     * Moves a subtree's extents to a smaller slab, or to none. Returns the new root, which the caller stores.
     *
     * <p>A free slab of the new size is preferred to the lower part of the old slab: that would leave an upper part
     * that cannot become whole again.
     */
    private long shrink(long root, long array, int spareOrders) {
        long address = Root.address(root);
        int order = Root.order(root);
        int count = Root.count(root);
        if (count <= 1) {
            long newRoot = count == 0 ? Root.EMPTY : Root.lone(NativeWords.get(array));
            pool.release(address, order);
            return newRoot;
        }
        int newOrder = order;
        while (newOrder > SlabPool.MIN_ORDER && count <= 1 << newOrder - spareOrders) {
            newOrder--;
        }
        if (newOrder == order) {
            return root;
        }
        long newAddress = pool.takeFree(newOrder);
        if (newAddress != SlabPool.NO_ROOM) {
            return move(root, newAddress, newOrder);
        }
        while (order > newOrder) {
            order--;
            pool.release(address + (1L << order), order);
        }
        return Root.slab(address, newOrder, count);
    }

    /**
     * Moves the extents out of the way if that makes a larger slab whole. Returns the root, which the caller stores.
     */
    private long makeRoom(long root) {
        long newAddress = pool.takeAnother(Root.address(root), Root.order(root));
        return newAddress == SlabPool.NO_ROOM ? root : move(root, newAddress, Root.order(root));
    }

    private long move(long root, long newAddress, int newOrder) {
        long address = Root.address(root);
        int count = Root.count(root);
        NativeWords.move(pool.locate(address), pool.locate(newAddress), count);
        pool.release(address, Root.order(root));
        return Root.slab(newAddress, newOrder, count);
    }

    /** Forgets the subtree's extents and gives its slab back. */
    void clear(int subtree) {
        long root = table.get(subtree);
        if (Root.isSlab(root)) {
            pool.release(Root.address(root), Root.order(root));
        }
        if (root != Root.EMPTY) {
            table.set(subtree, Root.EMPTY);
        }
    }
}
