package io.pcache.index;

import io.pcache.slab.SlabPool;
import io.pcache.sys.NativeWords;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A word for each subtree of the device, 0 at first. Memory is taken for what was stored to, not for what the device
 * could hold:
 *
 * <pre>
 *   nodes   one for each 512 pages (128 GiB of the device)      on the Java heap
 *     node  a word for each page: its address, and THERE        a slab of 4 KiB, or less for a small device
 *       page   a word for each of 64 subtrees (256 MiB)         a slab of 512 bytes
 * </pre>
 *
 * <p>A subtree's word is read and stored under that subtree's lock. Nodes and pages are shared by subtrees with
 * different locks: they are added under the table's own, and published with release.
 */
final class SubtreeTable {
    static final int PAGE_SUBTREES = 64;

    private static final int PAGE_ORDER = 6;
    private static final int NODE_ORDER = 9;
    private static final int NODE_PAGES = 1 << NODE_ORDER;
    /** Tells the page at address 0 from none. A page's address is a multiple of its words. */
    private static final long THERE = 1;

    private static final VarHandle NODE = MethodHandles.arrayElementVarHandle(long[].class);

    final SlabPool pool;
    private final int subtrees;
    private final int pages;
    private final int nodeOrder;
    /** Where in the process the nodes are; 0 for none. */
    private final long[] nodes;

    /** @param extraWords that the owner will take from the table's pool */
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

    /** What the page's node says of it; 0 if there is no such page. */
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

    /** After {@link #prepare}, unless the word is 0. */
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
     * Makes the subtree's page, so that {@link #set} finds it.
     *
     * @return false if there is no memory for it
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

    /** The first page at or after the given one that is there, or -1. */
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

    /** Gives the memory of a page back whose words are all 0. Nobody else may use the table meanwhile. */
    void dropPage(int page) {
        long at = entryAt(nodes[page >>> NODE_ORDER], page);
        pool.release(NativeWords.get(at) & -PAGE_SUBTREES, PAGE_ORDER);
        NativeWords.set(at, 0);
    }

    /**
     * The first subtree at or after the given one whose word is not 0, or -1. Needs no lock: the answer may be old when
     * other threads store.
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

    /** Bytes that a table takes whose device is stored to all over. */
    static long mostBytes(long subtrees) {
        return (subtrees + PAGE_SUBTREES - 1) / PAGE_SUBTREES * (PAGE_SUBTREES + 1) * Long.BYTES;
    }
}
