package io.pcache.target;

import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;

/**
 * Marks that other users of a device leave on it. A cache device is formatted only where the place of its own magic is zero; that alone
 * does not tell a blank device from one whose first megabytes happen to have zeros there.
 */
final class ForeignSignature {

    /**
     * @param what   for people
     * @param offset bytes from the start; negative from the end
     * @param bytes  as they lie there
     */
    private record Mark(String what, long offset, byte[] bytes) {
    }

    private static final int SECTOR = 512;

    // Offsets and magics as in libblkid's probes. The DOS mark, which boot sectors of FAT and NTFS carry too, comes after the exact ones.
    private static final Mark[] MARKS = {
        mark("an ext2, ext3 or ext4 file system", 1080, 0x53, 0xef),
        mark("an XFS file system", 0, 'X', 'F', 'S', 'B'),
        mark("a Btrfs file system", 65_600, '_', 'B', 'H', 'R', 'f', 'S', '_', 'M'),
        mark("a bcachefs or bcache device", 4120, 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca),
        mark("an F2FS file system", 1024, 0x10, 0x20, 0xf5, 0xf2),
        mark("an EROFS file system", 1024, 0xe2, 0xe1, 0xf5, 0xe0),
        mark("a SquashFS file system", 0, 'h', 's', 'q', 's'),
        mark("an ISO 9660 file system", 32_769, 'C', 'D', '0', '0', '1'),
        mark("swap space", 4086, 'S', 'W', 'A', 'P', 'S', 'P', 'A', 'C', 'E', '2'),
        mark("an encrypted volume (LUKS)", 0, 'L', 'U', 'K', 'S', 0xba, 0xbe),
        mark("an LVM physical volume", 0, 'L', 'A', 'B', 'E', 'L', 'O', 'N', 'E'),
        mark("an LVM physical volume", SECTOR, 'L', 'A', 'B', 'E', 'L', 'O', 'N', 'E'),
        mark("an LVM physical volume", 2 * SECTOR, 'L', 'A', 'B', 'E', 'L', 'O', 'N', 'E'),
        mark("an LVM physical volume", 3 * SECTOR, 'L', 'A', 'B', 'E', 'L', 'O', 'N', 'E'),
        mark("a member of a RAID array (md)", 0, 0xfc, 0x4e, 0x2b, 0xa9),
        mark("a member of a RAID array (md)", 4096, 0xfc, 0x4e, 0x2b, 0xa9),
        mark("a member of a ZFS pool", 131_072, 0x0c, 0xb1, 0xba, 0x00),
        mark("a GPT partition table", SECTOR, 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'),
        mark("a GPT partition table", 4096, 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'),
        mark("the backup of a GPT partition table", -SECTOR, 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'),
        mark("an NTFS file system", 3, 'N', 'T', 'F', 'S', ' ', ' ', ' ', ' '),
        mark("an exFAT file system", 3, 'E', 'X', 'F', 'A', 'T', ' ', ' ', ' '),
        mark("a DOS partition table or boot sector", 510, 0x55, 0xaa),
    };

    private ForeignSignature() {
    }

    private static Mark mark(String what, long offset, int... bytes) {
        byte[] mark = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            mark[i] = (byte) bytes[i];
        }
        return new Mark(what, offset, mark);
    }

    /** Whether activation would format the device. */
    static boolean isBlank(CacheMemory memory) {
        return memory.size() >= DeviceLayout.SEGMENTS
            && memory.getLong(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC) == SuperblockLayout.MAGIC_BLANK;
    }

    /** What else seems to live on the device, for people; null where nothing is recognised. */
    static String find(CacheMemory memory) {
        for (Mark mark : MARKS) {
            long offset = mark.offset >= 0 ? mark.offset : memory.size() + mark.offset;
            if (offset >= 0 && offset + mark.bytes.length <= memory.size() && matches(memory, offset, mark.bytes)) {
                return mark.what;
            }
        }
        return null;
    }

    private static boolean matches(CacheMemory memory, long offset, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (memory.getByte(offset + i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
