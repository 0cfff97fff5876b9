package io.pcache.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The index from the device's address space to places in cache segments.
 *
 * <p>The space is cut into subtrees of 4 MiB; in each, {@linkplain Extent extents} that do not overlap lie in one sorted array.
 * An operation costs a search in that array and, for a change, moving what lies behind; with at most 8192 extents of one
 * sector, that is 64 KiB.
 *
 * <p><b>Locks.</b> Every method that names a subtree needs the caller to hold the monitor {@link #lock(int)} of it, except
 * {@link #lock}, {@link #next} and those that say so. Subtrees share up to 1024 monitors; a thread must not hold two of them
 * at once unless no other does. Methods without a subtree take the monitors themselves, one after the other.
 *
 * <p><b>Memory.</b> The limit is for the arrays; the table of subtrees, 8 bytes for each that was ever used and rounded to 64 of
 * them, comes on top. {@link #insert} and the removals never fail after a successful {@link #reserve}; nothing is allocated on the Java heap
 * after {@link #preallocate}, except by {@link #grow} and by removals that have to go beyond the limit.
 */
public final class CacheIndex {
    /** Bytes of a subtree. */
    public static final long SUBTREE_BYTES = 1L << 22;

    /** Takes extents in a walk over the index. */
    public interface Visitor {
        void visit(int subtree, long extent);
    }

    /**
     * A monitor and what its owner needs: the counts of its subtrees, and room to treat a lone extent, which lies in the
     * subtree's word, like an array.
     */
    private static final class Stripe {
        final long[] lone = new long[1];
        long entries;
        long sectors;
    }

    private static final int MAX_SUBTREES = 1 << 30;
    private static final int MAX_STRIPES = 1024;
    private static final VarHandle ENTRIES;
    private static final VarHandle SECTORS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ENTRIES = lookup.findVarHandle(Stripe.class, "entries", long.class);
            SECTORS = lookup.findVarHandle(Stripe.class, "sectors", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SubtreeTable table;
    private final SlabPool pool;
    private final Stripe[] stripes;

    /**
     * @param deviceBytes      size of the device, up to 4 PiB
     * @param memoryLimitBytes for the arrays of extents, rounded up to whole chunks of 256 KiB
     */
    public CacheIndex(long deviceBytes, long memoryLimitBytes) {
        long subtrees = (deviceBytes + SUBTREE_BYTES - 1) / SUBTREE_BYTES;
        if (deviceBytes <= 0 || subtrees > MAX_SUBTREES) {
            throw new IllegalArgumentException("device size out of range: " + deviceBytes + " bytes");
        }
        table = new SubtreeTable((int) subtrees);
        pool = new SlabPool(memoryLimitBytes);
        stripes = new Stripe[subtrees >= MAX_STRIPES ? MAX_STRIPES : Integer.highestOneBit((int) subtrees * 2 - 1)];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** The subtree that holds a byte of the device. */
    public static int subtree(long byteOffset) {
        return (int) (byteOffset >>> 22);
    }

    /** The sector inside its subtree of a byte of the device. */
    public static int sector(long byteOffset) {
        return (int) (byteOffset >>> 9) & Extent.SUBTREE_SECTORS - 1;
    }

    /** Subtrees of the device, the last possibly only begun. */
    public int subtrees() {
        return table.subtrees();
    }

    /** The monitor to hold around calls for this subtree. */
    public Object lock(int subtree) {
        return stripe(subtree);
    }

    private Stripe stripe(int subtree) {
        return stripes[subtree & stripes.length - 1];
    }

    /**
     * Makes sure that the next {@link #insert} into this subtree has room, as long as the lock is held.
     *
     * @return false when the memory limit is met; nothing has changed then
     */
    public boolean reserve(int subtree) {
        long root = table.get(subtree);
        int count = Root.count(root);
        // An insert into an extent's middle leaves three where one was.
        int needed = count == 0 ? 1 : Math.min(count + 2, Extent.SUBTREE_SECTORS);
        if (needed <= Root.capacity(root)) {
            if (count == 0) {
                table.prepare(subtree);
            }
            return true;
        }
        return enlarge(subtree, root, needed, false) != 0;
    }

    /**
     * Maps a range to a place; what was mapped in the range before is forgotten. Extents that continue each other in the subtree and in the
     * segment, and are both clean or both dirty, become one.
     *
     * @throws IllegalStateException when there is no room and none was {@linkplain #reserve reserved}; nothing has changed then
     */
    public void insert(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        long root = table.get(subtree);
        int count = Root.count(root);
        long[] words = words(stripe, root);
        int base = Root.base(root);
        int from = Extent.from(extent);
        int end = Extent.end(extent);

        int first = search(words, base, count, from);
        int behind = first;
        long left = Extent.NONE;
        long right = Extent.NONE;
        int covered = 0;
        while (behind < count && Extent.from(words[base + behind]) < end) {
            long old = words[base + behind++];
            covered += Math.min(end, Extent.end(old)) - Math.max(from, Extent.from(old));
            if (Extent.from(old) < from) {
                left = Extent.clip(old, 0, from);
            }
            if (Extent.end(old) > end) {
                right = Extent.clip(old, end, Extent.SUBTREE_SECTORS);
            }
        }
        if (left == Extent.NONE && first > 0 && Extent.joins(words[base + first - 1], extent)) {
            left = words[base + --first];
        }
        if (right == Extent.NONE && behind < count && Extent.joins(extent, words[base + behind])) {
            right = words[base + behind++];
        }
        long middle = extent;
        if (left != Extent.NONE && Extent.joins(left, middle)) {
            middle = Extent.join(left, middle);
            left = Extent.NONE;
        }
        if (right != Extent.NONE && Extent.joins(middle, right)) {
            middle = Extent.join(middle, right);
            right = Extent.NONE;
        }
        splice(subtree, stripe, root, first, behind, left, middle, right, false);
        account(stripe, Extent.end(extent) - from - covered);
    }

    /**
     * Maps those parts of a range that are not mapped yet. For data that came from the backing device: a gap has the same data there, a
     * mapped part may be newer here.
     *
     * <p>The first gap has room after {@link #reserve}; others are left out when the memory limit is met.
     *
     * @return how many sectors were mapped
     */
    public int insertMissing(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        int end = Extent.end(extent);
        int mapped = 0;
        int at = Extent.from(extent);
        while (at < end) {
            long root = table.get(subtree);
            int count = Root.count(root);
            long[] words = words(stripe, root);
            int base = Root.base(root);
            int index = search(words, base, count, at);
            int gapEnd = index < count ? Math.min(end, Extent.from(words[base + index])) : end;
            if (gapEnd > at) {
                if (mapped > 0 && !reserve(subtree)) {
                    break;
                }
                insert(subtree, Extent.clip(extent, at, gapEnd));
                mapped += gapEnd - at;
                at = gapEnd;
            } else {
                at = Extent.end(words[base + index]);
            }
        }
        return mapped;
    }

    /**
     * Finds what is mapped in a range, in the order of addresses. The extents are clipped to the range.
     *
     * @param fromSector 0 to 8191
     * @param sectors    1 to 8192 - fromSector
     * @return how many extents {@code out} got; when that is its length, there may be more behind the end of the last
     */
    public int find(int subtree, int fromSector, int sectors, long[] out) {
        long root = table.get(subtree);
        int count = Root.count(root);
        if (count == 0) {
            return 0;
        }
        int end = fromSector + sectors;
        if (Root.isLone(root)) {
            long extent = Root.extent(root);
            if (Extent.from(extent) >= end || Extent.end(extent) <= fromSector || out.length == 0) {
                return 0;
            }
            out[0] = Extent.clip(extent, fromSector, end);
            return 1;
        }
        long[] words = pool.chunk(Root.address(root));
        int base = Root.base(root);
        int found = 0;
        for (int i = search(words, base, count, fromSector); i < count && found < out.length; i++) {
            long extent = words[base + i];
            if (Extent.from(extent) >= end) {
                break;
            }
            out[found++] = Extent.clip(extent, fromSector, end);
        }
        return found;
    }

    /**
     * Whether any part of the extent's range is mapped to the extent's own place in its segment (clean or not).
     */
    public boolean holdsPlace(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        long root = table.get(subtree);
        int count = Root.count(root);
        long[] words = words(stripe, root);
        int base = Root.base(root);
        int end = Extent.end(extent);
        for (int i = search(words, base, count, Extent.from(extent)); i < count; i++) {
            long entry = words[base + i];
            if (Extent.from(entry) >= end) {
                break;
            }
            if (Extent.samePlace(entry, extent)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Forgets, in the extent's range, what is mapped to the extent's own place in its segment (clean or not). What was written later, or
     * moved elsewhere, stays. Never fails: an entry cut in its middle becomes two, for which memory beyond the limit is taken
     * when there is none.
     */
    public void removePlace(int subtree, long extent) {
        remove(subtree, Extent.from(extent), Extent.end(extent), extent);
    }

    /**
     * Forgets a range. Never fails (see {@link #removePlace}).
     *
     * @param fromSector 0 to 8191
     * @param sectors    1 to 8192 - fromSector
     */
    public void removeRange(int subtree, int fromSector, int sectors) {
        remove(subtree, fromSector, fromSector + sectors, Extent.NONE);
    }

    /** @param only an extent whose place the removed parts must have, or NONE for any */
    private void remove(int subtree, int from, int end, long only) {
        Stripe stripe = stripe(subtree);
        long root = table.get(subtree);
        int count = Root.count(root);
        long[] words = words(stripe, root);
        int base = Root.base(root);
        int first = search(words, base, count, from);
        int read = first;
        int write = first;
        int removed = 0;
        while (read < count && Extent.from(words[base + read]) < end) {
            long old = words[base + read];
            boolean stays = only != Extent.NONE && !Extent.samePlace(old, only);
            int oldFrom = Extent.from(old);
            int oldEnd = Extent.end(old);
            if (!stays && oldFrom < from && oldEnd > end) {
                splice(subtree, stripe, root, read, read + 1,
                    Extent.clip(old, 0, from), Extent.clip(old, end, Extent.SUBTREE_SECTORS), Extent.NONE, true);
                account(stripe, from - end);
                return;
            }
            read++;
            if (stays) {
                words[base + write++] = old;
                continue;
            }
            removed += Math.min(end, oldEnd) - Math.max(from, oldFrom);
            if (oldFrom < from) {
                words[base + write++] = Extent.clip(old, 0, from);
            } else if (oldEnd > end) {
                words[base + write++] = Extent.clip(old, end, Extent.SUBTREE_SECTORS);
            }
        }
        if (removed > 0) {
            splice(subtree, stripe, root, write, read, Extent.NONE, Extent.NONE, Extent.NONE, true);
            account(stripe, -removed);
        }
    }

    /** The first subtree from the given one on that has entries, or -1. Needs no lock; changes under way may be missed. */
    public int next(int fromSubtree) {
        return fromSubtree >= table.subtrees() ? -1 : table.next(fromSubtree);
    }

    /** Shows the subtree's extents in the order of addresses. The visitor must not change the index. */
    public void forEach(int subtree, Visitor visitor) {
        long root = table.get(subtree);
        int count = Root.count(root);
        if (Root.isLone(root)) {
            visitor.visit(subtree, Root.extent(root));
            return;
        }
        if (count > 0) {
            long[] words = pool.chunk(Root.address(root));
            int base = Root.base(root);
            for (int i = 0; i < count; i++) {
                visitor.visit(subtree, words[base + i]);
            }
        }
    }

    /** Shows all extents in the order of addresses, each subtree's under its lock. Costs what is in the index, not the device's size. */
    public void forEach(Visitor visitor) {
        for (int subtree = next(0); subtree >= 0; subtree = next(subtree + 1)) {
            synchronized (lock(subtree)) {
                forEach(subtree, visitor);
            }
        }
    }

    /** Forgets everything, each subtree under its lock. Costs what was inserted since the last time, not the device's size. */
    public void clear() {
        for (int page = table.nextPage(0); page >= 0; page = table.nextPage(page + 1)) {
            table.takePage(page);
            int end = Math.min((page + 1) * SubtreeTable.PAGE_SUBTREES, table.subtrees());
            for (int subtree = page * SubtreeTable.PAGE_SUBTREES; subtree < end; subtree++) {
                synchronized (lock(subtree)) {
                    clear(subtree);
                }
            }
        }
    }

    private void clear(int subtree) {
        long root = table.get(subtree);
        int count = Root.count(root);
        if (root == Root.EMPTY) {
            return;
        }
        Stripe stripe = stripe(subtree);
        long[] words = words(stripe, root);
        int base = Root.base(root);
        int sectors = 0;
        for (int i = 0; i < count; i++) {
            sectors += Extent.sectors(words[base + i]);
        }
        stripe.entries -= count;
        account(stripe, -sectors);
        if (Root.isSlab(root)) {
            pool.release(Root.address(root), Root.order(root));
        }
        table.set(subtree, Root.EMPTY);
    }

    /** Takes all the memory up to the limit from the Java heap now, and the table for the whole device. */
    public void preallocate() {
        table.preallocate();
        pool.preallocate();
    }

    /** Raises the memory limit; a value below the present limit changes nothing. Needs no lock. */
    public void grow(long memoryLimitBytes) {
        pool.raiseLimit(memoryLimitBytes);
    }

    /** The limit for the arrays of extents. */
    public long memoryLimitBytes() {
        return pool.limitBytes();
    }

    /** Extents in the index. Needs no lock; while others change the index, the sum may be of no one moment. */
    public long entries() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += (long) ENTRIES.getOpaque(stripe);
        }
        return sum;
    }

    /** Sectors of 512 bytes that are mapped. Needs no lock, like {@link #entries}. */
    public long mappedSectors() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += (long) SECTORS.getOpaque(stripe);
        }
        return sum;
    }

    /** Bytes on the Java heap: chunks of extents whether used or not, the table, the locks. Needs no lock. */
    public long memoryBytes() {
        return pool.memoryBytes() + table.memoryBytes() + stripes.length * 56L;
    }

    /** Bytes of the arrays in use, out of {@link #memoryLimitBytes}. Needs no lock. */
    public long usedBytes() {
        return pool.usedBytes();
    }

    /** How often a removal had to go beyond the memory limit. Needs no lock. */
    public long forcedAllocations() {
        return pool.forcedAllocations();
    }

    /** The array in which a subtree's extents begin at {@link Root#base}. */
    private long[] words(Stripe stripe, long root) {
        if (Root.isSlab(root)) {
            return pool.chunk(Root.address(root));
        }
        stripe.lone[0] = Root.extent(root);
        return stripe.lone;
    }

    /** Index from base of the first extent that ends behind the sector. */
    private static int search(long[] words, int base, int count, int sector) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Extent.end(words[base + middle]) > sector) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static void account(Stripe stripe, int sectors) {
        SECTORS.setOpaque(stripe, stripe.sectors + sectors);
    }

    /** Puts up to three extents in place of those from {@code first} up to {@code behind}. */
    private void splice(int subtree, Stripe stripe, long root, int first, int behind,
                        long left, long middle, long right, boolean force) {
        int added = (left != Extent.NONE ? 1 : 0) + (middle != Extent.NONE ? 1 : 0) + (right != Extent.NONE ? 1 : 0);
        int count = Root.count(root);
        int newCount = count - (behind - first) + added;
        if (newCount > Root.capacity(root)) {
            root = enlarge(subtree, root, newCount, force);
            if (root == 0) {
                throw new IllegalStateException("no room in the index: reserve before insert");
            }
        }
        long[] words = Root.isSlab(root) ? pool.chunk(Root.address(root)) : stripe.lone;
        int base = Root.base(root);
        int at = base + first;
        if (behind < count && added != behind - first) {
            System.arraycopy(words, base + behind, words, at + added, count - behind);
        }
        if (left != Extent.NONE) {
            words[at++] = left;
        }
        if (middle != Extent.NONE) {
            words[at++] = middle;
        }
        if (right != Extent.NONE) {
            words[at] = right;
        }
        ENTRIES.setOpaque(stripe, stripe.entries + newCount - count);
        if (Root.isSlab(root)) {
            table.set(subtree, newCount <= Root.capacity(root) / 4 ? shrink(root, words, newCount) : Root.withCount(root, newCount));
        } else {
            table.set(subtree, newCount == 0 ? Root.EMPTY : Root.lone(words[0]));
        }
    }

    /** Moves a subtree's extents to a larger slab; returns its new root, already stored, or 0. */
    private long enlarge(int subtree, long root, int needed, boolean force) {
        int count = Root.count(root);
        int order = SlabPool.orderFor(needed);
        long address = pool.allocate(order, force);
        if (address == SlabPool.NO_ROOM) {
            return 0;
        }
        long[] words = pool.chunk(address);
        int base = SlabPool.index(address);
        if (Root.isSlab(root)) {
            System.arraycopy(pool.chunk(Root.address(root)), Root.base(root), words, base, count);
            pool.release(Root.address(root), Root.order(root));
        } else if (count > 0) {
            words[base] = Root.extent(root);
        }
        long newRoot = Root.slab(address, order, count);
        table.set(subtree, newRoot);
        return newRoot;
    }

    /** Gives back the upper halves of a slab that is at most a quarter full, or all of it; returns the new root, to be stored. */
    private long shrink(long root, long[] words, int count) {
        long address = Root.address(root);
        int order = Root.order(root);
        if (count <= 1) {
            long newRoot = count == 0 ? Root.EMPTY : Root.lone(words[Root.base(root)]);
            pool.release(address, order);
            return newRoot;
        }
        while (order > SlabPool.MIN_ORDER && count <= 1 << order - 2) {
            order--;
            pool.release(address + (1L << order), order);
        }
        return Root.slab(address, order, count);
    }
}
