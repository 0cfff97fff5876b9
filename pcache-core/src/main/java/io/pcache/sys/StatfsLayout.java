package io.pcache.sys;

/** {@code struct statfs} of 64-bit machines, 120 bytes: its first four words. */
final class StatfsLayout {
    static final int TYPE = 0;
    /** On hugetlbfs: the size of a huge page. */
    static final int BLOCK_SIZE = TYPE + Long.BYTES;

    static final int BLOCKS = BLOCK_SIZE + Long.BYTES;
    static final int FREE_BLOCKS = BLOCKS + Long.BYTES;
    static final int BYTES = 120;

    private StatfsLayout() {}
}
