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
 * Finds, on a device without a cache, content that a cache would overwrite: content of a known kind, the rest of a
 * cache, or any bytes that are not zero. Known kinds are found by libblkid and by a list of our own. The list serves
 * where libblkid is missing or cannot read the device.
 */
public final class DeviceContent {
    /**
     * A device counts as blank if so many bytes at its beginning are zeros. Formats that nobody recognises, raw data of
     * a database for instance, have something there, and wiping tools clear as much.
     */
    public static final int BLANK_BYTES = 1 << 20;

    private static final int PIECE_BYTES = 64 << 10;

    private DeviceContent() {}

    /** Tells, in words, which file system, volume or partition table is there; null if nothing known is there. */
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
     * Tells, in words, what is on the device; null for a blank device. Bytes in the place of a superblock do not count.
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
     * Whether the device has traces of a cache: metadata, or the start of a first log segment, that only a cache has in
     * this place. Metadata that cannot be read counts as a trace.
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

    /** Returns -1 for a blank device. */
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
     * A crash during the store of a superblock leaves parts of the superblock, without the magic. Such a device is
     * formatted anew.
     */
    private static boolean isOfSuperblock(long at) {
        return at >= DeviceLayout.SUPERBLOCK && at < DeviceLayout.SUPERBLOCK + SuperblockLayout.BYTES;
    }
}
