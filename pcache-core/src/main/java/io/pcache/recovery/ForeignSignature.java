package io.pcache.recovery;

import io.pcache.memory.CacheMemory;

/**
 * Tells whether a device without a cache carries something else that nobody wants overwritten. The signatures known
 * here are those of the partition tables, file systems and volume formats that are common on Linux, at fixed places.
 * Some of these places are at the end of the device: if only the beginning of a device was wiped, its backup GPT and
 * half of its ZFS labels are still there. Offsets and magics are those of the public format descriptions.
 */
final class ForeignSignature {
    private record Magic(String name, long offset, byte[] bytes) {
        Magic(String name, long offset, int... bytes) {
            this(name, offset, toBytes(bytes));
        }

        private static byte[] toBytes(int[] values) {
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                bytes[i] = (byte) values[i];
            }
            return bytes;
        }

        static Magic text(String name, long offset, String text) {
            return new Magic(name, offset, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        }
    }

    private static final Magic[] MAGICS = {
        Magic.text("a GPT partition table", 512, "EFI PART"),
        Magic.text("a GPT partition table", 4096, "EFI PART"),
        Magic.text("an xfs file system", 0, "XFSB"),
        new Magic("an ext2/3/4 file system", 1024 + 56, 0x53, 0xEF),
        Magic.text("a btrfs file system", 65536 + 64, "_BHRfS_M"),
        new Magic("an f2fs file system", 1024, 0x10, 0x20, 0xF5, 0xF2),
        Magic.text("a squashfs file system", 0, "hsqs"),
        Magic.text("an NTFS file system", 3, "NTFS    "),
        Magic.text("an exFAT file system", 3, "EXFAT   "),
        Magic.text("an ISO 9660 file system", 32769, "CD001"),
        Magic.text("an LVM physical volume", 512, "LABELONE"),
        Magic.text("an LVM physical volume", 0, "LABELONE"),
        Magic.text("a LUKS volume", 0, "LUKS"),
        new Magic("an md RAID member", 4096, 0xFC, 0x4E, 0x2B, 0xA9),
        new Magic("an md RAID member", 0, 0xFC, 0x4E, 0x2B, 0xA9),
        new Magic(
                "a bcache device",
                4096 + 24,
                0xC6,
                0x85,
                0x73,
                0xF6,
                0x4E,
                0x1A,
                0x45,
                0xCA,
                0x82,
                0x65,
                0xF5,
                0x7F,
                0x48,
                0xBA,
                0x6D,
                0x81),
        new Magic(
                "a bcachefs file system",
                4096 + 24,
                0xC6,
                0x85,
                0x73,
                0xF6,
                0x66,
                0xCE,
                0x90,
                0xA9,
                0xD9,
                0x6A,
                0x60,
                0xCF,
                0x80,
                0x3D,
                0xF7,
                0xEF),
        Magic.text("an NVDIMM sector table (BTT)", 4096, "BTT_ARENA_INFO"),
        Magic.text("an NVDIMM fsdax namespace", 4096, "NVDIMM_PFN_INFO"),
        Magic.text("an NVDIMM devdax namespace", 4096, "NVDIMM_DAX_INFO"),
        Magic.text("a swap area", 4096 - 10, "SWAPSPACE2"),
        Magic.text("a swap area", 65536 - 10, "SWAPSPACE2"),
        // Last: file systems above may have a boot sector too.
        new Magic("an MBR partition table or boot sector", 510, 0x55, 0xAA),
    };

    /** Lies in the last logical block. */
    private static final String BACKUP_GPT = "the backup of a GPT partition table, at the end of the device";

    private static final int[] BLOCK_BYTES = {512, 4096};

    private static final String ZFS = "a ZFS label";
    private static final long ZFS_LABEL_BYTES = 256 << 10;
    /**
     * Where the ring of uberblocks begins in a label, behind the description of the pool. An uberblock takes one slot
     * or more, and begins with the magic, in the byte order of the machine that wrote the label.
     */
    private static final long ZFS_UBERBLOCKS = 128 << 10;

    private static final int ZFS_SLOT_BYTES = 1024;
    private static final long ZFS_MAGIC = 0x00BAB10CL;

    private static final String MD_AT_THE_END = "an md RAID member, with its superblock at the end of the device";
    private static final int MD_MAGIC = 0xA92B4EFC;
    private static final long MD_090_ALIGNMENT = 64 << 10;
    /** A superblock of format 1.0 lies at least 8 KiB in front of the end, at a multiple of 4 KiB. */
    private static final long MD_10_DISTANCE = 8 << 10;

    private static final long MD_10_ALIGNMENT = 4096;

    private ForeignSignature() {}

    /** Tells, in words, what is on the device; null if nothing known is there. */
    static String find(CacheMemory memory) {
        for (Magic magic : MAGICS) {
            if (matches(memory, magic)) {
                return magic.name();
            }
        }
        return atTheEnd(memory);
    }

    private static String atTheEnd(CacheMemory memory) {
        long size = memory.size();
        for (int block : BLOCK_BYTES) {
            if (matches(memory, Magic.text(BACKUP_GPT, size / block * block - block, "EFI PART"))) {
                return BACKUP_GPT;
            }
        }
        if (memory.getInt(size / MD_090_ALIGNMENT * MD_090_ALIGNMENT - MD_090_ALIGNMENT) == MD_MAGIC
                || memory.getInt((size - MD_10_DISTANCE) / MD_10_ALIGNMENT * MD_10_ALIGNMENT) == MD_MAGIC) {
            return MD_AT_THE_END;
        }
        long end = size / ZFS_LABEL_BYTES * ZFS_LABEL_BYTES;
        boolean zfs = isZfsLabel(memory, 0)
                || isZfsLabel(memory, ZFS_LABEL_BYTES)
                || isZfsLabel(memory, end - 2 * ZFS_LABEL_BYTES)
                || isZfsLabel(memory, end - ZFS_LABEL_BYTES);
        return zfs ? ZFS : null;
    }

    private static boolean isZfsLabel(CacheMemory memory, long label) {
        for (long at = label + ZFS_UBERBLOCKS; at < label + ZFS_LABEL_BYTES; at += ZFS_SLOT_BYTES) {
            long magic = memory.getLong(at);
            if (magic == ZFS_MAGIC || Long.reverseBytes(magic) == ZFS_MAGIC) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(CacheMemory memory, Magic magic) {
        if (magic.offset() + magic.bytes().length > memory.size()) {
            return false;
        }
        for (int i = 0; i < magic.bytes().length; i++) {
            if (memory.getByte(magic.offset() + i) != magic.bytes()[i]) {
                return false;
            }
        }
        return true;
    }
}
