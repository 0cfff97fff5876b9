package io.pcache.index;

import io.pcache.media.DeviceLayout;
import io.pcache.slab.FreeMemory;
import io.pcache.slab.GrowingMemory;
import io.pcache.slab.SlabPool;
import io.pcache.sys.NativeWords;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The index from the device's address space to places in cache segments.
 *
 * <p>The space is cut into subtrees of 4 MiB. Each subtree has one sorted array of {@linkplain Extent extents} that do
 * not overlap. An operation costs a search in the array; a change also moves what lies behind. A subtree has at most
 * 8192 extents, of one sector each, so at most 64 KiB are moved.
 *
 * <p><b>Locks.</b> For a method about one subtree, the caller has to hold the subtree's monitor, {@link #lock(int)}.
 * The other methods say what they need. Subtrees share up to 1024 monitors. So a thread that holds one monitor may wait
 * for another only if all threads keep to one order. Subtrees with different monitors can be changed at the same time.
 *
 * <p><b>Memory.</b> The memory is outside of the Java heap, and taken from the system as it is needed. The limit is for
 * the arrays. The table of subtrees comes on top, with 8 bytes for each subtree that was ever used, rounded to 64
 * subtrees. {@link #insert} and the removals never fail after a successful {@link #reserve}. After {@link #growAhead},
 * no method takes memory from the system but {@link #grow}, and removals that have to go beyond the limit.
 */
public final class CacheIndex implements GrowingMemory {
    /** Bytes of a subtree. */
    public static final long SUBTREE_BYTES = 1L << 22;

    /** Is shown extents in a walk over the index. */
    public interface Visitor {
        void visit(int subtree, long extent);
    }

    /**
     * A monitor, the counts of its subtrees, and one word of memory. A lone extent lies in the root of its subtree; a
     * copy in this word can be treated like an array.
     */
    private static final class Stripe {
        final long lone;
        long entries;
        long sectors;
        long dirtySectors;

        Stripe(long lone) {
            this.lone = lone;
        }
    }

    private static final int MAX_SUBTREES = 1 << 30;
    private static final int MAX_STRIPES = 1024;
    private static final VarHandle ENTRIES;
    private static final VarHandle SECTORS;
    private static final VarHandle DIRTY_SECTORS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ENTRIES = lookup.findVarHandle(Stripe.class, "entries", long.class);
            SECTORS = lookup.findVarHandle(Stripe.class, "sectors", long.class);
            DIRTY_SECTORS = lookup.findVarHandle(Stripe.class, "dirtySectors", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ExtentArrays arrays;
    private final Stripe[] stripes;

    /**
     * @param deviceBytes size of the device, up to 4 PiB
     * @param memoryLimitBytes for the arrays of extents, rounded up to whole chunks of 256 KiB
     */
    public CacheIndex(long deviceBytes, long memoryLimitBytes) {
        long subtrees = (deviceBytes + SUBTREE_BYTES - 1) / SUBTREE_BYTES;
        if (deviceBytes <= 0 || subtrees > MAX_SUBTREES) {
            throw new IllegalArgumentException("device size out of range: " + deviceBytes + " bytes");
        }
        stripes = new Stripe[subtrees >= MAX_STRIPES ? MAX_STRIPES : Integer.highestOneBit((int) subtrees * 2 - 1)];
        int order = SlabPool.orderFor(stripes.length);
        arrays = new ExtentArrays((int) subtrees, 1 << order, memoryLimitBytes);
        long lone = arrays.table.pool.locate(arrays.table.pool.allocate(order, false));
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Stripe(lone + (long) i * Long.BYTES);
        }
    }

    /**
     * Checks the number of lists of a class that keeps a list for each group of subtrees. The lower bits of a subtree's
     * number tell its group. The class relies on the lock of one subtree for the whole list. To be called when the
     * class is loaded.
     *
     * @param name of the constant, for people
     * @param lists value of the constant: the number of lists
     * @return the value
     * @throws IllegalStateException where subtrees of one list might have different locks
     */
    public static int requireListsForLocks(String name, int lists) {
        if (lists < MAX_STRIPES || Integer.bitCount(lists) != 1 || Integer.bitCount(MAX_STRIPES) != 1) {
            throw new IllegalStateException(name + " is " + lists + ", and should be a power of two of at least "
                    + "CacheIndex.MAX_STRIPES, which is " + MAX_STRIPES
                    + ": else subtrees of one list have different locks");
        }
        return lists;
    }

    /** The subtree that holds a byte of the device. */
    public static int subtree(long byteOffset) {
        return (int) (byteOffset >>> 22);
    }

    /** The sector that holds a byte of the device, counted inside the sector's subtree. */
    public static int sector(long byteOffset) {
        return (int) (byteOffset >>> 9) & Extent.SUBTREE_SECTORS - 1;
    }

    /** The extent for the range and the place of a key, all in bytes. */
    public static long extent(long offset, int length, boolean clean, int segment, int place) {
        return Extent.of(
                sector(offset),
                length >>> DeviceLayout.SECTOR_SHIFT,
                clean,
                segment,
                place >>> DeviceLayout.SECTOR_SHIFT);
    }

    /** Where an extent of a subtree starts, in bytes of the device. */
    public static long offset(int subtree, long extent) {
        return ((long) subtree << DeviceLayout.SUBTREE_SHIFT)
                + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    /** Number of subtrees of the device. The last one may reach beyond the device's end. */
    public int subtrees() {
        return arrays.table.subtrees();
    }

    /** The monitor to hold around calls for this subtree. */
    public Object lock(int subtree) {
        return stripe(subtree);
    }

    private static long get(long array, int index) {
        return NativeWords.get(array + ((long) index << 3));
    }

    private static void set(long array, int index, long extent) {
        NativeWords.set(array + ((long) index << 3), extent);
    }

    private Stripe stripe(int subtree) {
        return stripes[subtree & stripes.length - 1];
    }

    /**
     * Makes sure that the next {@link #insert} into this subtree has room, as long as the lock is held.
     *
     * @return false when the memory limit is reached; nothing has changed then
     */
    public boolean reserve(int subtree) {
        long root = arrays.root(subtree);
        int count = Root.count(root);
        // An insert into the middle of an extent leaves three extents where there was one.
        return arrays.reserve(subtree, root, count == 0 ? 1 : Math.min(count + 2, Extent.SUBTREE_SECTORS));
    }

    /**
     * Maps a range to a place. What was mapped in the range before is forgotten. Two extents become one if they
     * continue each other, in the subtree and in the segment, and are both clean or both dirty.
     *
     * @throws IllegalStateException when there is no room and none was {@linkplain #reserve reserved}; nothing has
     *     changed then
     */
    public void insert(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int from = Extent.from(extent);
        int end = Extent.end(extent);

        int first = ExtentSearch.firstEndingBehind(array, count, from);
        int behind = first;
        long left = Extent.NONE;
        long right = Extent.NONE;
        int covered = 0;
        int coveredDirty = 0;
        while (behind < count && Extent.from(get(array, behind)) < end) {
            long old = get(array, behind++);
            int common = Math.min(end, Extent.end(old)) - Math.max(from, Extent.from(old));
            covered += common;
            coveredDirty += Extent.clean(old) ? 0 : common;
            if (Extent.from(old) < from) {
                left = Extent.clip(old, 0, from);
            }
            if (Extent.end(old) > end) {
                right = Extent.clip(old, end, Extent.SUBTREE_SECTORS);
            }
        }
        if (left == Extent.NONE && first > 0 && Extent.joins(get(array, first - 1), extent)) {
            left = get(array, --first);
        }
        if (right == Extent.NONE && behind < count && Extent.joins(extent, get(array, behind))) {
            right = get(array, behind++);
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
        int more = arrays.splice(subtree, root, stripe.lone, first, behind, left, middle, right, false);
        account(stripe, more, end - from - covered, (Extent.clean(extent) ? 0 : end - from) - coveredDirty);
    }

    /**
     * Maps those parts of a range that are not mapped yet. For data that came from the backing device. Where nothing is
     * mapped, the backing device still has the same data; where something is mapped, the cache may have newer data.
     *
     * <p>After {@link #reserve} there is room for the first gap. Other gaps are left out when the memory limit is
     * reached.
     *
     * @return how many sectors were mapped
     */
    public int insertMissing(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        int end = Extent.end(extent);
        int mapped = 0;
        int at = Extent.from(extent);
        while (at < end) {
            long root = arrays.root(subtree);
            int count = Root.count(root);
            long array = arrays.array(root, stripe.lone);
            int index = ExtentSearch.firstEndingBehind(array, count, at);
            int gapEnd = index < count ? Math.min(end, Extent.from(get(array, index))) : end;
            if (gapEnd > at) {
                if (mapped > 0 && !reserve(subtree)) {
                    break;
                }
                insert(subtree, Extent.clip(extent, at, gapEnd));
                mapped += gapEnd - at;
                at = gapEnd;
            } else {
                at = Extent.end(get(array, index));
            }
        }
        return mapped;
    }

    /**
     * Finds what is mapped in a range, in the order of addresses. The extents are clipped to the range.
     *
     * @param fromSector 0 to 8191
     * @param sectors 1 to 8192 - fromSector
     * @return how many extents {@code out} got. If {@code out} is full, there may be more behind the last extent's end
     */
    public int find(int subtree, int fromSector, int sectors, long[] out) {
        long root = arrays.root(subtree);
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
        long array = arrays.pool.locate(Root.address(root));
        int found = 0;
        for (int i = ExtentSearch.firstEndingBehind(array, count, fromSector); i < count && found < out.length; i++) {
            long extent = get(array, i);
            if (Extent.from(extent) >= end) {
                break;
            }
            out[found++] = Extent.clip(extent, fromSector, end);
        }
        return found;
    }

    /** Whether any part of the extent's range is mapped to the extent's own place in its segment (clean or not). */
    public boolean holdsPlace(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int end = Extent.end(extent);
        for (int i = ExtentSearch.firstEndingBehind(array, count, Extent.from(extent)); i < count; i++) {
            long entry = get(array, i);
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
     * Shows, in the extent's range, what is dirty and mapped to the extent's own place in its segment.
     *
     * @param visitor must not change the index
     * @return whether there is anything
     */
    public boolean forEachDirty(int subtree, long extent, Visitor visitor) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int from = Extent.from(extent);
        int end = Extent.end(extent);
        boolean any = false;
        for (int i = ExtentSearch.firstEndingBehind(array, count, from); i < count; i++) {
            long entry = get(array, i);
            if (Extent.from(entry) >= end) {
                break;
            }
            if (!Extent.clean(entry) && Extent.samePlace(entry, extent)) {
                visitor.visit(subtree, Extent.clip(entry, from, end));
                any = true;
            }
        }
        return any;
    }

    /** Whether anything in the extent's range is dirty, and mapped to another place than the extent's own. */
    public boolean holdsOtherDirty(int subtree, long extent) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        for (int i = ExtentSearch.firstEndingBehind(array, count, Extent.from(extent)); i < count; i++) {
            long entry = get(array, i);
            if (Extent.from(entry) >= Extent.end(extent)) {
                break;
            }
            if (!Extent.clean(entry) && !Extent.samePlace(entry, extent)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Forgets, in the extent's range, what is mapped to the extent's own place in its segment (clean or not). What was
     * written later, or moved elsewhere, stays. Never fails: an entry that is cut in its middle becomes two, and memory
     * beyond the limit is taken for them if there is no other.
     */
    public void removePlace(int subtree, long extent) {
        remove(subtree, Extent.from(extent), Extent.end(extent), extent);
    }

    /**
     * How far the sectors from a first one on are dirty, or are not dirty.
     *
     * @param from the first sector, 0 to 8191
     * @param end behind the last sector to look at: above {@code from}, at most 8192
     * @return if the first sector is dirty: the sector, at most {@code end}, up to which all are mapped and dirty. If
     *     the first sector is not dirty: the complement of the sector up to which none is
     */
    public int dirtyRun(int subtree, int from, int end) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int i = ExtentSearch.firstEndingBehind(array, count, from);
        boolean dirty = i < count && Extent.from(get(array, i)) <= from && !Extent.clean(get(array, i));
        int at = from;
        for (; i < count && at < end; i++) {
            long entry = get(array, i);
            boolean same = Extent.from(entry) <= at ? Extent.clean(entry) != dirty : !dirty && Extent.clean(entry);
            if (!same) {
                at = dirty ? at : Math.min(end, Math.max(at, Extent.from(entry)));
                return dirty ? at : ~at;
            }
            at = Math.min(end, Extent.end(entry));
        }
        return dirty ? at : ~end;
    }

    /** Whether anything in the extent's range is dirty, at any place. */
    public boolean holdsDirty(int subtree, long extent) {
        int run = dirtyRun(subtree, Extent.from(extent), Extent.end(extent));
        return run >= 0 || ~run < Extent.end(extent);
    }

    /**
     * Marks clean, in the extent's range, what is mapped to the extent's own place in its segment. What was written
     * later, or moved elsewhere, stays as it is. An entry that becomes clean in part becomes two or three entries; if
     * there is no memory for these, the entry stays as it is, too.
     */
    public void markClean(int subtree, long extent) {
        mark(subtree, extent, true);
    }

    /**
     * Marks dirty, in the extent's range, what is mapped to the extent's own place in its segment.
     *
     * @return false if the memory did not suffice for all of the range
     */
    public boolean markDirty(int subtree, long extent) {
        return mark(subtree, extent, false);
    }

    private boolean mark(int subtree, long extent, boolean clean) {
        Stripe stripe = stripe(subtree);
        int end = Extent.end(extent);
        int at = Extent.from(extent);
        while (at < end) {
            long root = arrays.root(subtree);
            int count = Root.count(root);
            long array = arrays.array(root, stripe.lone);
            int index = ExtentSearch.firstEndingBehind(array, count, at);
            if (index == count || Extent.from(get(array, index)) >= end) {
                return true;
            }
            long entry = get(array, index);
            if (Extent.clean(entry) != clean && Extent.samePlace(entry, extent)) {
                if (!reserve(subtree)) {
                    return false;
                }
                insert(subtree, Extent.as(clean, Extent.clip(entry, at, end)));
            }
            at = Extent.end(entry);
        }
        return true;
    }

    /**
     * Forgets a range. Never fails (see {@link #removePlace}).
     *
     * @param fromSector 0 to 8191
     * @param sectors 1 to 8192 - fromSector
     */
    public void removeRange(int subtree, int fromSector, int sectors) {
        remove(subtree, fromSector, fromSector + sectors, Extent.NONE);
    }

    /** @param only an extent whose place the removed parts must have; NONE for any place */
    private void remove(int subtree, int from, int end, long only) {
        Stripe stripe = stripe(subtree);
        long root = arrays.root(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int first = ExtentSearch.firstEndingBehind(array, count, from);
        int read = first;
        int write = first;
        int removed = 0;
        int removedDirty = 0;
        while (read < count && Extent.from(get(array, read)) < end) {
            long old = get(array, read);
            boolean stays = only != Extent.NONE && !Extent.samePlace(old, only);
            int oldFrom = Extent.from(old);
            int oldEnd = Extent.end(old);
            if (!stays && oldFrom < from && oldEnd > end) {
                int more = arrays.splice(
                        subtree,
                        root,
                        stripe.lone,
                        read,
                        read + 1,
                        Extent.clip(old, 0, from),
                        Extent.clip(old, end, Extent.SUBTREE_SECTORS),
                        Extent.NONE,
                        true);
                account(stripe, more, from - end, Extent.clean(old) ? 0 : from - end);
                return;
            }
            read++;
            if (stays) {
                set(array, write++, old);
                continue;
            }
            int common = Math.min(end, oldEnd) - Math.max(from, oldFrom);
            removed += common;
            removedDirty += Extent.clean(old) ? 0 : common;
            if (oldFrom < from) {
                set(array, write++, Extent.clip(old, 0, from));
            } else if (oldEnd > end) {
                set(array, write++, Extent.clip(old, end, Extent.SUBTREE_SECTORS));
            }
        }
        if (removed > 0) {
            int more =
                    arrays.splice(subtree, root, stripe.lone, write, read, Extent.NONE, Extent.NONE, Extent.NONE, true);
            account(stripe, more, -removed, -removedDirty);
        }
    }

    /**
     * The first subtree, from the given one on, that has entries; -1 if there is none. Needs no lock; changes under way
     * may be missed.
     */
    public int next(int fromSubtree) {
        return fromSubtree >= arrays.table.subtrees() ? -1 : arrays.table.next(fromSubtree);
    }

    /** Shows the subtree's extents in the order of addresses. The visitor must not change the index. */
    public void forEach(int subtree, Visitor visitor) {
        long root = arrays.root(subtree);
        int count = Root.count(root);
        if (Root.isLone(root)) {
            visitor.visit(subtree, Root.extent(root));
            return;
        }
        if (count > 0) {
            long array = arrays.pool.locate(Root.address(root));
            for (int i = 0; i < count; i++) {
                visitor.visit(subtree, get(array, i));
            }
        }
    }

    /**
     * Shows all extents in the order of addresses, each subtree's under the subtree's lock. The cost grows with what is
     * in the index, not with the device's size.
     */
    public void forEach(Visitor visitor) {
        for (int subtree = next(0); subtree >= 0; subtree = next(subtree + 1)) {
            synchronized (lock(subtree)) {
                forEach(subtree, visitor);
            }
        }
    }

    /**
     * Forgets everything. The cost grows with what was inserted since the last time, not with the device's size. Nobody
     * else may use the index meanwhile.
     */
    public void clear() {
        for (int page = arrays.table.nextPage(0); page >= 0; page = arrays.table.nextPage(page + 1)) {
            int end = Math.min((page + 1) * SubtreeTable.PAGE_SUBTREES, arrays.table.subtrees());
            for (int subtree = page * SubtreeTable.PAGE_SUBTREES; subtree < end; subtree++) {
                clear(subtree);
            }
            arrays.table.dropPage(page);
        }
    }

    private void clear(int subtree) {
        long root = arrays.root(subtree);
        if (root == Root.EMPTY) {
            return;
        }
        Stripe stripe = stripe(subtree);
        int count = Root.count(root);
        long array = arrays.array(root, stripe.lone);
        int sectors = 0;
        int dirty = 0;
        for (int i = 0; i < count; i++) {
            int each = Extent.sectors(get(array, i));
            sectors += each;
            dirty += Extent.clean(get(array, i)) ? 0 : each;
        }
        arrays.clear(subtree);
        account(stripe, -count, -sectors, -dirty);
    }

    // ---- memory

    /** Asks {@code system}, from now on, before memory is taken from the system. Until then nobody is asked. */
    @Override
    public void askBefore(FreeMemory system) {
        arrays.table.pool.askBefore(system);
        arrays.pool.askBefore(system);
    }

    /**
     * Leaves it to {@link #grow}, from now on, to take memory. Only removals that have to go beyond the limit still
     * take memory themselves.
     *
     * @param shortage called, on the thread that needs memory, when {@link #grow} has work; must not block
     */
    @Override
    public void growAhead(Runnable shortage) {
        arrays.table.pool.growAhead(shortage);
        arrays.pool.growAhead(shortage);
    }

    @Override
    public boolean grow() {
        return arrays.table.pool.grow() | arrays.pool.grow();
    }

    /**
     * Takes {@code bytes} of memory for the arrays, and as much for the table, used or not, but not beyond their
     * limits.
     */
    public void prepare(long bytes) {
        arrays.pool.prepare(bytes);
        arrays.table.pool.prepare(bytes);
    }

    /** Gives the memory back. The index may still be read, as an empty one. */
    @Override
    public void close() {
        arrays.pool.close();
        arrays.table.pool.close();
    }

    /** Raises the memory limit; a value below the present limit changes nothing. Needs no lock. */
    public void raiseLimit(long memoryLimitBytes) {
        arrays.pool.raiseLimit(memoryLimitBytes);
    }

    /** Bytes of the table for a device of this size, when every part of the device was stored to. */
    public static long tableBytes(long deviceBytes) {
        return SubtreeTable.mostBytes((deviceBytes + SUBTREE_BYTES - 1) / SUBTREE_BYTES);
    }

    /** The limit for the arrays of extents. */
    public long memoryLimitBytes() {
        return arrays.pool.limitBytes();
    }

    /**
     * Number of extents in the index. Needs no lock. While others change the index, the sum may be that of no one
     * moment.
     */
    public long entries() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += (long) ENTRIES.getOpaque(stripe);
        }
        return sum;
    }

    /** Number of sectors, of 512 bytes, that are mapped. Needs no lock, like {@link #entries}. */
    public long mappedSectors() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += (long) SECTORS.getOpaque(stripe);
        }
        return sum;
    }

    /** Number of sectors, of 512 bytes, that are mapped and dirty. Needs no lock, like {@link #entries}. */
    public long dirtySectors() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            sum += (long) DIRTY_SECTORS.getOpaque(stripe);
        }
        return sum;
    }

    /**
     * Bytes taken from the system: for chunks of extents and of the table, used or not, and for the locks. Needs no
     * lock.
     */
    public long memoryBytes() {
        return arrays.pool.memoryBytes() + arrays.table.pool.memoryBytes() + stripes.length * 48L;
    }

    /** Bytes of the arrays that are in use, out of {@link #memoryLimitBytes}. Needs no lock. */
    public long usedBytes() {
        return arrays.pool.usedBytes();
    }

    /** Bytes of the table that are in use. Needs no lock. */
    public long usedTableBytes() {
        return arrays.table.pool.usedBytes();
    }

    /** How often a removal had to go beyond the memory limit. Needs no lock. */
    public long forcedAllocations() {
        return arrays.pool.forcedAllocations();
    }

    private static void account(Stripe stripe, int entries, int sectors, int dirtySectors) {
        ENTRIES.setOpaque(stripe, stripe.entries + entries);
        SECTORS.setOpaque(stripe, stripe.sectors + sectors);
        DIRTY_SECTORS.setOpaque(stripe, stripe.dirtySectors + dirtySectors);
    }
}
