package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageBufferTest {

    @Test
    void runsDoNotOverlapAndAreFoundWhereThereAreAny() {
        PageBuffer buffer = new PageBuffer();
        BitSet model = new BitSet(64);
        Map<Integer, Integer> taken = new HashMap<>();
        Random random = new Random(11);
        for (int i = 0; i < 100_000; i++) {
            if (random.nextInt(5) < 3) {
                int pages = 1 + random.nextInt(random.nextInt(4) == 0 ? 64 : 6);
                int first = buffer.take(pages);
                assertThat(first).isEqualTo(firstRun(model, pages));
                if (first >= 0) {
                    model.set(first, first + pages);
                    taken.put(first, pages);
                }
            } else if (!taken.isEmpty()) {
                int first = taken.keySet().iterator().next();
                int pages = taken.remove(first);
                buffer.give(first, pages);
                model.clear(first, first + pages);
            }
            assertThat(buffer.isFree()).isEqualTo(model.isEmpty());
        }
    }

    private static int firstRun(BitSet taken, int pages) {
        for (int first = 0; first + pages <= 64; first++) {
            int next = taken.nextSetBit(first);
            if (next < 0 || next >= first + pages) {
                return first;
            }
        }
        return -1;
    }

    @Test
    void poolNeverGivesMoreThanThereIs() {
        PageBufferPool pool = new PageBufferPool(3, 2);
        PageBuffer home = pool.takeHome();
        PageBuffer spare = pool.takeSpare();
        assertThat(spare).isNotNull();
        assertThat(pool.takeSpare()).isNull();
        assertThat(pool.takeHome()).isNotNull().isNotSameAs(home);
        spare.take(5);
        pool.giveSpare(spare);
        assertThat(pool.takeSpare()).isSameAs(spare);
        assertThat(spare.isFree()).isTrue();
    }
}
