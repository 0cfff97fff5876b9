package io.pcache.ublk;

/**
 * {@code struct ublk_params}: what the block device looks like to the kernel, 152 bytes. Only the first two groups are
 * set.
 *
 * <pre>
 *    0        4       8       12        13         14        15       16            20       24            32
 *    +--------+-------+-------+---------+----------+---------+--------+-------------+--------+-------------+---------------+
 *    | length | types | attrs | logical | physical | io opt  | io min | max sectors | chunk  | dev sectors | virt boundary |  basic
 *    +--------+-------+-------+---------+----------+---------+--------+-------------+--------+-------------+---------------+
 *                             | exponents of 2                        |
 *    40          44            48                    52                         56             58  60                       152
 *    +-----------+-------------+---------------------+--------------------------+--------------+---+--------------------------+
 *    | alignment | granularity | max discard sectors | max write zeroes sectors | max segments | 0 | others                   |  discard
 *    +-----------+-------------+---------------------+--------------------------+--------------+---+--------------------------+
 * </pre>
 *
 * A kernel that knows a shorter structure uses the beginning.
 */
final class UblkParamsLayout {
    static final int LENGTH = 0;
    static final int TYPES = LENGTH + Integer.BYTES;
    static final int ATTRIBUTES = TYPES + Integer.BYTES;
    static final int LOGICAL_SHIFT = ATTRIBUTES + Integer.BYTES;
    static final int PHYSICAL_SHIFT = LOGICAL_SHIFT + Byte.BYTES;
    static final int IO_OPT_SHIFT = PHYSICAL_SHIFT + Byte.BYTES;
    static final int IO_MIN_SHIFT = IO_OPT_SHIFT + Byte.BYTES;
    static final int MAX_SECTORS = IO_MIN_SHIFT + Byte.BYTES;
    static final int CHUNK_SECTORS = MAX_SECTORS + Integer.BYTES;
    static final int DEV_SECTORS = CHUNK_SECTORS + Integer.BYTES;
    static final int VIRT_BOUNDARY = DEV_SECTORS + Long.BYTES;
    static final int DISCARD_ALIGNMENT = VIRT_BOUNDARY + Long.BYTES;
    static final int DISCARD_GRANULARITY = DISCARD_ALIGNMENT + Integer.BYTES;
    static final int MAX_DISCARD_SECTORS = DISCARD_GRANULARITY + Integer.BYTES;
    static final int MAX_WRITE_ZEROES_SECTORS = MAX_DISCARD_SECTORS + Integer.BYTES;
    static final int MAX_DISCARD_SEGMENTS = MAX_WRITE_ZEROES_SECTORS + Integer.BYTES;
    static final int BYTES = 152;

    private UblkParamsLayout() {}
}
