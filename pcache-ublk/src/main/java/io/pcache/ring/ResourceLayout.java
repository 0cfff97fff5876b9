package io.pcache.ring;

/** The structures that {@code io_uring_register} takes. Each structure is at offset 0 of a block of its own. */
final class ResourceLayout {

    /** {@code struct io_uring_rsrc_register}: {@code 0 count | 4 flags | 8 0 | 16 data | 24 tags | 32}. */
    static final int REGISTER_COUNT = 0;

    static final int REGISTER_FLAGS = REGISTER_COUNT + Integer.BYTES;
    static final int REGISTER_DATA = REGISTER_FLAGS + Integer.BYTES + Long.BYTES;
    static final int REGISTER_BYTES = REGISTER_DATA + 2 * Long.BYTES;

    /** {@code struct io_uring_rsrc_update}: {@code 0 slot | 4 0 | 8 data | 16}. */
    static final int UPDATE_SLOT = 0;

    static final int UPDATE_DATA = UPDATE_SLOT + 2 * Integer.BYTES;
    static final int UPDATE_BYTES = UPDATE_DATA + Long.BYTES;

    /** {@code struct io_uring_rsrc_update2}: the same, then {@code 16 tags | 24 count | 28 0 | 32}. */
    static final int UPDATE2_COUNT = UPDATE_BYTES + Long.BYTES;

    static final int UPDATE2_BYTES = UPDATE2_COUNT + 2 * Integer.BYTES;

    private ResourceLayout() {}
}
