package io.pcache.recovery;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.sys.SignatureLibrary;
import io.pcache.sys.SignatureLibrary.Signature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a device without a cache on it holds that a cache would overwrite: something known, the rest of a cache, or
 * anything else that is no zeros. What is known is asked of libblkid and of a list of our own, which serves where that
 * library is missing or cannot read the device.
 */
public final class DeviceContent {
    /**
     * A device is blank if this much of its beginning is zeros: formats that nobody recognises, raw data of a database
     * for instance, have something there, and wiping tools clear as much.
     */
    public static final int BLANK_BYTES = 1 << 20;

    private static final int PIECE_BYTES = 64 << 10;

    private DeviceContent() {}

    /** A file system, a volume, a partition table, in words; null if nothing known is there. */
    static String known(CacheMemory memory) {
        String listed = ForeignSignature.find(memory);
        if (listed != null || memory.path() == null) {
            return listed;
        }
        return SignatureLibrary.load()
                .flatMap(library -> library.find(memory.path()).stream().findFirst())
                .map(DeviceContent::text)
                .orElse(null);
    }

    private static String text(Signature signature) {
        return signature.type() + " (" + (signature.usage().isEmpty() ? "" : signature.usage() + ", ")
                + "as libblkid tells)";
    }

    /**
     * What there is, in words; null if the device is blank, but for what may stand where a superblock has its magic.
     */
    public static String find(CacheMemory memory) {
        String known = known(memory);
        if (known != null) {
            return known;
        }
        if (hasTraces(memory)) {
            return "what is left of a pcache cache, without its superblock, which 'pcachectl repair' may mend";
        }
        long at = firstNonZero(memory);
        return at < 0 ? null : "something unknown: byte " + at + " is not zero, and nothing that is known is there";
    }

    /**
     * Whether there is, or may be, anything where a cache has its metadata and the start of its first log segment that
     * only a cache has there.
     */
    public static boolean hasTraces(CacheMemory memory) {
        for (RecordKind kind : RecordKind.values()) {
            DuplicatedRecord record = kind.in(memory);
            if (record.load() || record.isUnreadable()) {
                return true;
            }
        }
        return memory.getLong(DeviceLayout.segmentData(0) + KeySetLayout.MAGIC) == KeySetLayout.MAGIC_VALUE;
    }

    /** -1 for a blank device. */
    private static long firstNonZero(CacheMemory memory) {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 0; at < Math.min(BLANK_BYTES, memory.size()); at += PIECE_BYTES) {
            int length = (int) Math.min(PIECE_BYTES, memory.size() - at);
            memory.copyOut(at, piece, 0, length);
            for (int i = 0; i < length; i++) {
                if (piece.get(i) != 0 && !isOfSuperblock(at + i)) {
                    return at + i;
                }
            }
        }
        return -1;
    }

    /**
     * A crash while the superblock was written leaves parts of it, without the magic: such a device is formatted anew.
     */
    private static boolean isOfSuperblock(long at) {
        return at >= DeviceLayout.SUPERBLOCK && at < DeviceLayout.SUPERBLOCK + SuperblockLayout.BYTES;
    }
}
