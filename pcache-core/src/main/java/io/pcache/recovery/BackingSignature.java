package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;

/**
 * Tells whether a device that is to be cached carries a cache itself. If so, the devices in the table are most often
 * swapped.
 */
final class BackingSignature {
    private BackingSignature() {}

    /**
     * Looks for a superblock's magic, in either byte order. The superblock's checksum does not matter: a damaged cache
     * is worth no less. If nothing can be read, the device counts as a device without a cache.
     */
    static boolean isCache(BackingDevice backing) {
        try (BackingReader reader = new BackingReader(backing, SuperblockLayout.BYTES)) {
            int at = reader.read(DeviceLayout.SUPERBLOCK, SuperblockLayout.BYTES);
            long magic = at < 0 ? SuperblockLayout.MAGIC_BLANK : reader.buffer().getLong(at + SuperblockLayout.MAGIC);
            return magic == SuperblockLayout.MAGIC_VALUE || Long.reverseBytes(magic) == SuperblockLayout.MAGIC_VALUE;
        }
    }
}
