package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheException;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.sys.Errno;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A key-set in the middle of the log is damaged, in each field of its header. The cache is refused, since all key-sets
 * behind would be lost.
 */
class LogEndTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;
    private static final int KEY_SETS = 4;

    private SimulatedMemory memory;
    private SimulatedBacking backing;

    @BeforeEach
    void writeSomeKeySets() throws Exception {
        memory = new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES);
        backing = new SimulatedBacking(64 << 20);
        TestCache cache = new TestCache(memory, backing, false);
        for (int i = 0; i < KEY_SETS * KeySetLayout.MAX_KEYS; i++) {
            cache.write((long) i * BLOCK, Pattern.fill(1, (long) i * BLOCK / Pattern.SECTOR, BLOCK));
        }
        cache.flush();
        cache.abandon();
    }

    @ParameterizedTest(name = "bit {0} of the header")
    @ValueSource(ints = {0, 31, 32, 33, 39, 63, 64, 127, 128, 129, 191})
    void refusesDamageInTheMiddle(int bit) {
        long at = DeviceLayout.segmentData(0) + KeySetLayout.MAX_BYTES + bit / 64 * Long.BYTES;
        memory.putLong(at, memory.getLong(at) ^ 1L << bit % 64);
        PCacheException refusal =
                catchThrowableOfType(PCacheException.class, () -> new TestCache(memory, backing, false));
        assertThat(refusal).as("activation").isNotNull();
        assertThat(refusal.errno()).isEqualTo(Errno.EIO);
        assertThat(refusal.reasons().get(0)).startsWith("log position 0:5144 ");
    }
}
