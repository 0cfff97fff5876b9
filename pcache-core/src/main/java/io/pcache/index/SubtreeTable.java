package io.pcache.index;

import io.pcache.slab.SlabPool;
import io.pcache.sys.NativeWords;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A word for each subtree of the device, 0 at first. Memory is taken only for those parts of the device that were
 * stored to:
 *
 * <pre>
 *  nodes   one for each 512 pages (128 GiB of the device)      on the Java heap
 *    node  a word for each page: its address, and THERE        a slab of 4 KiB, or less for a small device
 *      page   a word for each of 64 subtrees (256 MiB)         a slab of 512 bytes
 * </pre>
 *
 * <p>A subtree's word is read and stored under the subtree's lock. Subtrees with different locks share nodes and pages.
 * So nodes and pages are added under the table's own lock, and published with release.
 */
final class SubtreeTable {
    static final int PAGE_SUBTREES = 64;

    private static final int PAGE_ORDER = 6;
    private static final int NODE_ORDER = 9;
    private static final int NODE_PAGES = 1 << NODE_ORDER;
    /**
     * Tells the page at address 0 from no page. The bit is free: a page's address is a multiple of its number of words.
     */
    private static final long THERE = 1;

    private static final VarHandle NODE = MethodHandles.arrayElementVarHandle(long[].class);

    final SlabPool pool;
    private final int subtrees;
    private final int pages;
    private final int nodeOrder;
    /** Addresses of the nodes in this process; 0 for no node. */
    private final long[] nodes;

    /** @param extraWords number of words that the owner will take from the table's pool */
    SubtreeTable(int subtrees, int extraWords) {
        this.subtrees = subtrees;
        this.pages = (subtrees + PAGE_SUBTREES - 1) >>> PAGE_ORDER;
        this.nodeOrder = SlabPool.orderFor(Math.min(pages, NODE_PAGES));
        this.nodes = new long[(pages + NODE_PAGES - 1) >>> NODE_ORDER];
        this.pool = new SlabPool(((long) pages << PAGE_ORDER + 3)
                + ((long) nodes.length << nodeOrder + 3)
                + (long) extraWords * Long.BYTES);
    }

    int subtrees() {
        return subtrees;
    }

    private long nodeAcquire(int node) {
        return (long) NODE.getAcquire(nodes, node);
    }

    /** What the node of a page says of the page; 0 if there is no such page. */
    private long entry(int page) {
        long node = nodeAcquire(page >>> NODE_ORDER);
        if (node == 0) {
            return 0;
        }
        long entry = NativeWords.get(entryAt(node, page));
        VarHandle.acquireFence();
        return entry;
    }

    private static long entryAt(long node, int page) {
        return node + ((page & NODE_PAGES - 1) << 3);
    }

    private long wordAt(long entry, int subtree) {
        return pool.locate(entry & -PAGE_SUBTREES) + ((subtree & PAGE_SUBTREES - 1) << 3);
    }

    long get(int subtree) {
        long entry = entry(subtree >>> PAGE_ORDER);
        return entry == 0 ? 0 : NativeWords.get(wordAt(entry, subtree));
    }

    /** To be called after {@link #prepare}, unless the word is 0. */
    void set(int subtree, long word) {
        int page = subtree >>> PAGE_ORDER;
        long entry = entry(page);
        if (entry == 0 && word != 0) {
            entry = addPage(page);
            if (entry == 0) {
                throw new IllegalStateException("no room in the index: reserve before insert");
            }
        }
        if (entry != 0) {
            NativeWords.set(wordAt(entry, subtree), word);
        }
    }

    /**
     * Makes the subtree's page, so that {@link #set} finds a page.
     *
     * @return false if there is no memory for the page
     */
    boolean prepare(int subtree) {
        int page = subtree >>> PAGE_ORDER;
        return entry(page) != 0 || addPage(page) != 0;
    }

    private synchronized long addPage(int page) {
        long entry = entry(page);
        if (entry != 0) {
            return entry;
        }
        int number = page >>> NODE_ORDER;
        long node = nodes[number];
        if (node == 0) {
            long address = clearSlab(nodeOrder);
            if (address == SlabPool.NO_ROOM) {
                return 0;
            }
            node = pool.locate(address);
            NODE.setRelease(nodes, number, node);
        }
        long address = clearSlab(PAGE_ORDER);
        if (address == SlabPool.NO_ROOM) {
            return 0;
        }
        VarHandle.releaseFence();
        NativeWords.set(entryAt(node, page), address | THERE);
        return address | THERE;
    }

    private long clearSlab(int order) {
        long address = pool.allocate(order, false);
        if (address != SlabPool.NO_ROOM) {
            NativeWords.clear(pool.locate(address), 1 << order);
        }
        return address;
    }

    /** The first existing page, from the given one on; -1 if there is none. */
    int nextPage(int page) {
        int at = page;
        while (at < pages) {
            long node = nodeAcquire(at >>> NODE_ORDER);
            int end = Math.min(pages, (at | NODE_PAGES - 1) + 1);
            if (node != 0) {
                for (; at < end; at++) {
                    if (NativeWords.get(entryAt(node, at)) != 0) {
                        return at;
                    }
                }
            }
            at = end;
        }
        return -1;
    }

    /** Gives back the memory of a page whose words are all 0. Nobody else may use the table meanwhile. */
    void dropPage(int page) {
        long at = entryAt(nodes[page >>> NODE_ORDER], page);
        pool.release(NativeWords.get(at) & -PAGE_SUBTREES, PAGE_ORDER);
        NativeWords.set(at, 0);
    }

    /**
     * The first subtree, from the given one on, whose word is not 0; -1 if there is none. Needs no lock. The answer may
     * be old when other threads store.
     */
    int next(int subtree) {
        int page = nextPage(subtree >>> PAGE_ORDER);
        while (page >= 0) {
            long words = wordAt(entry(page), 0);
            int first = page << PAGE_ORDER;
            for (int i = Math.max(0, subtree - first); i < PAGE_SUBTREES; i++) {
                if (NativeWords.get(words + ((long) i << 3)) != 0) {
                    return first + i;
                }
            }
            page = nextPage(page + 1);
        }
        return -1;
    }

    /** Bytes of a table for a device of which every part was stored to. */
    static long mostBytes(long subtrees) {
        return (subtrees + PAGE_SUBTREES - 1) / PAGE_SUBTREES * (PAGE_SUBTREES + 1) * Long.BYTES;
    }
}
