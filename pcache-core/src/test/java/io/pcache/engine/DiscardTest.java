package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import org.junit.jupiter.api.Test;

/** A cache that does nothing with a discard says so: nobody may believe that space was given back. */
class DiscardTest {
    @Test
    void isNotOfferedAndNotTaken() throws Exception {
        TestCache cache = new TestCache(
                new SimulatedMemory(CacheMemory.Kind.DAX, (512L << 20) + 20480), new SimulatedBacking(16 << 20), true);

        assertThat(cache.cache().discards()).isFalse();
        assertThat(cache.await(cache.submit(0, Request.Op.DISCARD, 0, 4096, false, null)))
                .isEqualTo(-Errno.EOPNOTSUPP);
        cache.close();
    }
}
