package io.pcache.sys;

/**
 * What a path or an open file is, from {@code statx(2)}.
 *
 * @param mode type and permissions, as in {@code st_mode}
 * @param sizeBytes size of a regular file; 0 for devices
 * @param allocatedBytes how much of its file system the file takes, on some including metadata; less than the file's
 *     size if the file has holes
 * @param inode together with the device number, the identity of the file
 * @param deviceMajor of the file system that holds the file
 * @param deviceMinor of the file system that holds the file
 * @param rdevMajor of the device that this node stands for
 * @param rdevMinor of the device that this node stands for
 * @param directIoAlignment for direct I/O on a regular file, offset and length must be multiples of this many bytes; 0
 *     where this is not known (Linux before 6.1, or the file system does not tell) and where there is no direct I/O
 * @param directMemoryAlignment for direct I/O, the address of memory must be a multiple of this; for files, and for
 *     block devices where the kernel tells; 0 where this is not known
 * @param birthNanos when the file was made, in nanoseconds since 1970; 0 where the file system does not keep this
 */
public record FileStatus(
        int mode,
        long sizeBytes,
        long allocatedBytes,
        long inode,
        int deviceMajor,
        int deviceMinor,
        int rdevMajor,
        int rdevMinor,
        int directIoAlignment,
        int directMemoryAlignment,
        long birthNanos) {

    public boolean isBlockDevice() {
        return (mode & Linux.S_IFMT) == Linux.S_IFBLK;
    }

    public boolean isCharacterDevice() {
        return (mode & Linux.S_IFMT) == Linux.S_IFCHR;
    }

    public boolean isRegularFile() {
        return (mode & Linux.S_IFMT) == Linux.S_IFREG;
    }

    /**
     * A name for a file that belongs to this device or file, by whatever path it is reached. Valid until the next boot.
     */
    public String identity() {
        if (isRegularFile()) {
            return "file-" + deviceMajor + "-" + deviceMinor + "-" + inode;
        }
        return (isBlockDevice() ? "block-" : "character-") + rdevMajor + "-" + rdevMinor;
    }

    /** {@code 252:0}, as device-mapper names devices. */
    public String deviceNumber() {
        return rdevMajor + ":" + rdevMinor;
    }
}
