package io.pcache.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A word for each subtree of the device, 0 at first, in pages of 64 that come into being when first stored to. A bit per page tells
 * whether it may hold a word other than 0, so that a walk costs what was stored and not what the device could hold.
 *
 * <p>A subtree's word is read and stored under that subtree's lock. Pages and bits are shared by subtrees with different locks: pages are published with
 * release and never taken away, bits are set atomically and taken away by {@link #takePage} only.
 */
final class SubtreeTable {
    static final int PAGE_SUBTREES = 64;

    private static final int PAGE_SHIFT = 6;
    private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(long[][].class);
    private static final VarHandle BITS = MethodHandles.arrayElementVarHandle(long[].class);

    private final int subtrees;
    private final long[][] pages;
    private final long[] touched;
    private int pageCount;

    SubtreeTable(int subtrees) {
        this.subtrees = subtrees;
        int count = (subtrees + PAGE_SUBTREES - 1) >>> PAGE_SHIFT;
        pages = new long[count][];
        touched = new long[(count + Long.SIZE - 1) / Long.SIZE];
    }

    int subtrees() {
        return subtrees;
    }

    private long[] pageAcquire(int page) {
        return (long[]) PAGE.getAcquire(pages, page);
    }

    long get(int subtree) {
        long[] page = pageAcquire(subtree >>> PAGE_SHIFT);
        return page == null ? 0 : page[subtree & PAGE_SUBTREES - 1];
    }

    void set(int subtree, long word) {
        int number = subtree >>> PAGE_SHIFT;
        long[] page = pageAcquire(number);
        if (page == null) {
            page = addPage(number);
        }
        int index = subtree & PAGE_SUBTREES - 1;
        if (page[index] == 0 && word != 0) {
            touch(number);
        }
        page[index] = word;
    }

    /** Makes the subtree's page, so that {@link #set} does not have to. */
    void prepare(int subtree) {
        int page = subtree >>> PAGE_SHIFT;
        if (pageAcquire(page) == null) {
            addPage(page);
        }
    }

    private void touch(int page) {
        long bit = 1L << page;
        int word = page / Long.SIZE;
        if (((long) BITS.getAcquire(touched, word) & bit) == 0) {
            BITS.getAndBitwiseOr(touched, word, bit);
        }
    }

    private synchronized long[] addPage(int number) {
        long[] page = pages[number];
        if (page == null) {
            page = new long[PAGE_SUBTREES];
            PAGE.setRelease(pages, number, page);
            pageCount++;
        }
        return page;
    }

    synchronized void preallocate() {
        for (int page = 0; page < pages.length; page++) {
            addPage(page);
        }
    }

    /** The first page at or after the given one that may hold words other than 0, or -1. */
    int nextPage(int page) {
        if (page >= pages.length) {
            return -1;
        }
        int word = page / Long.SIZE;
        long bits = (long) BITS.getAcquire(touched, word) & -1L << page;
        while (bits == 0) {
            if (++word == touched.length) {
                return -1;
            }
            bits = (long) BITS.getAcquire(touched, word);
        }
        return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
    }

    /** Forgets that a page was touched; a word that becomes other than 0 afterwards is noted anew. */
    void takePage(int page) {
        BITS.getAndBitwiseAnd(touched, page / Long.SIZE, ~(1L << page));
    }

    /**
     * The first subtree at or after the given one whose word is not 0, or -1. Needs no lock: the answer may be old when other
     * threads store.
     */
    int next(int subtree) {
        int page = nextPage(subtree >>> PAGE_SHIFT);
        while (page >= 0) {
            long[] words = pageAcquire(page);
            int first = page << PAGE_SHIFT;
            for (int i = Math.max(0, subtree - first); i < PAGE_SUBTREES; i++) {
                if (words[i] != 0) {
                    return first + i;
                }
            }
            page = nextPage(page + 1);
        }
        return -1;
    }

    synchronized long memoryBytes() {
        return pages.length * (long) Integer.BYTES + touched.length * (long) Long.BYTES
            + pageCount * (PAGE_SUBTREES * (long) Long.BYTES + 16);
    }
}
