package io.pcache.flight;

/**
 * Reads of the backing device that are under way and whose data is to be put into the cache. A write that is accepted
 * for part of such a range cancels it: what the read brings is older than the write, and must not hide it even after
 * the write has long been written back and dropped.
 *
 * <p>All methods are called with the lock of the subtree held. A list a stripe of subtrees; it is nearly always empty.
 */
public final class PendingFills {
    /** A power of two, at least the number of stripes of the index: subtrees that share a list share a lock. */
    private static final int LISTS = 4096;

    /** A link of a list. Owned by a queue while not linked. */
    public abstract static class Fill {
        private Fill next;
        private long start;
        private long end;
        private boolean cancelled;

        /** Whether a write came into the range since {@link PendingFills#add}. With the subtree's lock held. */
        public final boolean isCancelled() {
            return cancelled;
        }
    }

    private final Fill[] lists = new Fill[LISTS];

    /** Begins to watch a range of bytes of the device. */
    public void add(int subtree, Fill fill, long offset, int length) {
        int list = subtree & LISTS - 1;
        fill.start = offset;
        fill.end = offset + length;
        fill.cancelled = false;
        fill.next = lists[list];
        lists[list] = fill;
    }

    /** A write to this range was accepted. */
    public void cancel(int subtree, long offset, int length) {
        for (Fill fill = lists[subtree & LISTS - 1]; fill != null; fill = fill.next) {
            if (fill.start < offset + length && offset < fill.end) {
                fill.cancelled = true;
            }
        }
    }

    /** Ends the watching. */
    public void remove(int subtree, Fill fill) {
        int list = subtree & LISTS - 1;
        if (lists[list] == fill) {
            lists[list] = fill.next;
        } else {
            Fill before = lists[list];
            while (before.next != fill) {
                before = before.next;
            }
            before.next = fill.next;
        }
        fill.next = null;
    }
}
