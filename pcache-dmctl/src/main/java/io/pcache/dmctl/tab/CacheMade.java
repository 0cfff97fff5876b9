package io.pcache.dmctl.tab;

import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import io.pcache.sys.SystemCallException;
import java.util.Optional;

/** How the cache on a cache device was made, as far as a table has to say the same. */
final class CacheMade {
    private CacheMade() {}

    /**
     * Whether the cache keeps checksums of its data. Empty where no cache is found on the device, or the device cannot
     * be read: {@code create} will say what is wrong then.
     */
    static Optional<Boolean> withDataCrc(String cache) {
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(cache)) {
            if (memory.size() < DeviceLayout.segment(0)
                    || !new Superblock(memory).load().hasMagic()) {
                return Optional.empty();
            }
            DuplicatedRecord info = RecordKind.CACHE_INFO.in(memory);
            if (!info.load() || (info.getInt(CacheInfoLayout.FLAGS) & CacheInfoLayout.FLAG_INIT_DONE) == 0) {
                return Optional.empty();
            }
            return Optional.of((info.getInt(CacheInfoLayout.FLAGS) & CacheInfoLayout.FLAG_DATA_CRC) != 0);
        } catch (SystemCallException | CacheMemoryException e) {
            return Optional.empty();
        }
    }
}
