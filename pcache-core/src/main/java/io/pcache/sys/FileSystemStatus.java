package io.pcache.sys;

/**
 * The file system under an open file, from {@code fstatfs(2)}.
 *
 * @param type      its magic number: {@link Linux#TMPFS_MAGIC}, {@link Linux#HUGETLBFS_MAGIC}, …
 * @param blockSize bytes; on hugetlbfs the size of a huge page, which mappings must be a multiple of
 */
public record FileSystemStatus(long type, long blockSize) {

    /** Whether files live in memory only, so that nothing makes them survive the machine. */
    public boolean isVolatile() {
        return type == Linux.TMPFS_MAGIC || type == Linux.RAMFS_MAGIC || type == Linux.HUGETLBFS_MAGIC;
    }
}
