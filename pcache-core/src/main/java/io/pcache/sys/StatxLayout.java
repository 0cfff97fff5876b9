package io.pcache.sys;

/**
 * {@code struct statx}, 256 bytes: the fields that pcache reads.
 *
 * <pre>
 *    0      4         8            16      20    24    28     30      32     40     48       56
 *    +------+---------+------------+-------+-----+-----+------+-------+------+------+--------+-----------+
 *    | mask | blksize | attributes | nlink | uid | gid | mode | spare | ino  | size | blocks | attr mask |
 *    +------+---------+------------+-------+-----+-----+------+-------+------+------+--------+-----------+
 *    64               128          132          136         140         144      152             156
 *    +----------------+------------+------------+-----------+-----------+--------+---------------+------------------+
 *    | 4 time stamps  | rdev major | rdev minor | dev major | dev minor | mount  | dio mem align | dio offset align |
 *    +----------------+------------+------------+-----------+-----------+--------+---------------+------------------+
 * </pre>
 */
final class StatxLayout {
    static final int MASK = 0;
    static final int BLOCK_SIZE = MASK + Integer.BYTES;
    static final int ATTRIBUTES = BLOCK_SIZE + Integer.BYTES;
    static final int LINKS = ATTRIBUTES + Long.BYTES;
    static final int UID = LINKS + Integer.BYTES;
    static final int GID = UID + Integer.BYTES;
    static final int MODE = GID + Integer.BYTES;
    static final int INODE = MODE + 2 * Short.BYTES;
    static final int SIZE = INODE + Long.BYTES;
    /** In units of {@link #BLOCKS_UNIT} bytes, whatever the file system's block size is. */
    static final int BLOCKS = SIZE + Long.BYTES;

    static final int ATTRIBUTES_MASK = BLOCKS + Long.BYTES;
    static final int TIMES = ATTRIBUTES_MASK + Long.BYTES;
    /**
     * Seconds (8 bytes) and nanoseconds (4 bytes). The second of four time stamps: access, birth, change, modification.
     */
    static final int BIRTH_TIME = TIMES + 16;

    static final int RDEV_MAJOR = TIMES + 4 * 16;
    static final int RDEV_MINOR = RDEV_MAJOR + Integer.BYTES;
    static final int DEV_MAJOR = RDEV_MINOR + Integer.BYTES;
    static final int DEV_MINOR = DEV_MAJOR + Integer.BYTES;
    static final int MOUNT_ID = DEV_MINOR + Integer.BYTES;
    static final int DIO_MEM_ALIGN = MOUNT_ID + Long.BYTES;
    static final int DIO_OFFSET_ALIGN = DIO_MEM_ALIGN + Integer.BYTES;
    static final int BYTES = 256;
    static final int BLOCKS_UNIT = 512;

    private StatxLayout() {}
}
