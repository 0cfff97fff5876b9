package io.pcache.sys;

/**
 * The file system under an open file, from {@code fstatfs(2)}.
 *
 * @param type its magic number: {@link Linux#TMPFS_MAGIC}, {@link Linux#HUGETLBFS_MAGIC}, …
 * @param blockSize bytes; on hugetlbfs the size of a huge page, which mappings must be a multiple of
 * @param blocks all of them; 0 where there is no limit (a tmpfs without one), or it is not told
 * @param freeBlocks with those that the file system keeps for the superuser
 */
public record FileSystemStatus(long type, long blockSize, long blocks, long freeBlocks) {

    /** Bytes, reserved ones included; {@link Long#MAX_VALUE} where the file system tells of no limit. */
    public long freeBytes() {
        return blocks <= 0 || freeBlocks < 0 ? Long.MAX_VALUE : freeBlocks * blockSize;
    }

    /** Whether files live in memory only, so that nothing makes them survive the machine. */
    public boolean isVolatile() {
        return type == Linux.TMPFS_MAGIC || type == Linux.RAMFS_MAGIC || type == Linux.HUGETLBFS_MAGIC;
    }
}
