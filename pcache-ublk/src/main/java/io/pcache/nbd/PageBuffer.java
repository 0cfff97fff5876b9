package io.pcache.nbd;

import java.nio.ByteBuffer;

/** 256 KiB of direct memory, given out in runs of pages of 4 KiB. For one thread at a time. */
final class PageBuffer {
    static final int PAGE_BYTES = 4096;
    static final int BYTES = Long.SIZE * PAGE_BYTES;

    final ByteBuffer memory = ByteBuffer.allocateDirect(BYTES);
    private final ByteBuffer[] views = new ByteBuffer[Long.SIZE];
    /** A bit for each page: whether the page is in use. */
    private long taken;

    static int pages(int bytes) {
        return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    }

    /** Takes a run of 1 to 64 pages; returns the number of the first page, or -1 where no run is long enough. */
    int take(int pages) {
        // Bit i of starts is set where at least `covered` pages from page i on are free.
        long starts = ~taken;
        for (int covered = 1; covered < pages && starts != 0; ) {
            int step = Math.min(covered, pages - covered);
            starts &= starts >>> step;
            covered += step;
        }
        if (starts == 0) {
            return -1;
        }
        int first = Long.numberOfTrailingZeros(starts);
        taken |= mask(first, pages);
        return first;
    }

    void give(int first, int pages) {
        taken &= ~mask(first, pages);
    }

    void giveAll() {
        taken = 0;
    }

    boolean isFree() {
        return taken == 0;
    }

    /** The memory from a page on. For the owner of the page only, since there is one view for each page. */
    ByteBuffer view(int page) {
        ByteBuffer view = views[page];
        if (view == null) {
            int from = page * PAGE_BYTES;
            view = views[page] = memory.slice(from, BYTES - from);
        }
        return view;
    }

    private static long mask(int first, int pages) {
        return -1L >>> Long.SIZE - pages << first;
    }
}
