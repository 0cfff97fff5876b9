package io.pcache.sys;

/**
 * The file system under an open file, from {@code fstatfs(2)}.
 *
 * @param type magic number of the file system: {@link Linux#TMPFS_MAGIC}, {@link Linux#HUGETLBFS_MAGIC}, …
 * @param blockSize in bytes; on hugetlbfs the size of a huge page, of which mappings must be a multiple
 * @param blocks number of all blocks; 0 where there is no limit (a tmpfs without one), or where this is not known
 * @param freeBlocks number of free blocks, including those that the file system keeps for the superuser
 */
public record FileSystemStatus(long type, long blockSize, long blocks, long freeBlocks) {

    /** Free bytes, including reserved ones; {@link Long#MAX_VALUE} where the file system tells of no limit. */
    public long freeBytes() {
        return blocks <= 0 || freeBlocks < 0 ? Long.MAX_VALUE : freeBlocks * blockSize;
    }

    /** Whether files live in memory only, so that nothing can make them outlive the machine. */
    public boolean isVolatile() {
        return type == Linux.TMPFS_MAGIC || type == Linux.RAMFS_MAGIC || type == Linux.HUGETLBFS_MAGIC;
    }
}
