package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;

/**
 * Whether a device that is to be cached carries a cache itself: then the words of the table are swapped, more often
 * than not.
 */
final class BackingSignature {
    private BackingSignature() {}

    /**
     * Looks for a superblock's magic, of either byte order; its checksum does not matter, since a damaged cache is
     * worth no less. Where nothing can be read there is none.
     */
    static boolean isCache(BackingDevice backing) {
        try (BackingReader reader = new BackingReader(backing, SuperblockLayout.BYTES)) {
            int at = reader.read(DeviceLayout.SUPERBLOCK, SuperblockLayout.BYTES);
            long magic = at < 0 ? SuperblockLayout.MAGIC_BLANK : reader.buffer().getLong(at + SuperblockLayout.MAGIC);
            return magic == SuperblockLayout.MAGIC_VALUE || Long.reverseBytes(magic) == SuperblockLayout.MAGIC_VALUE;
        }
    }
}
