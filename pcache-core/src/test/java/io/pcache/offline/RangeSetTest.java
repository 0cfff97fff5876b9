package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeSetTest {
    private static final int SIZE = 64;

    @Test
    void agreesWithASetOfBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            RangeSet ranges = new RangeSet();
            BitSet model = new BitSet();
            for (int step = 0; step < 12; step++) {
                int start = random.nextInt(SIZE);
                int length = 1 + random.nextInt(SIZE - start);
                if (random.nextInt(3) == 0) {
                    ranges.remove(start, length);
                    model.clear(start, start + length);
                } else {
                    ranges.add(start, length);
                    model.set(start, start + length);
                }
            }
            assertThat(bytes(ranges)).as("seed %d", seed).isEqualTo(model);
            assertThat(ranges.bytes()).isEqualTo(model.cardinality());
            int start = random.nextInt(SIZE);
            int length = 1 + random.nextInt(8);
            assertThat(ranges.intersects(start, length))
                    .as("seed %d", seed)
                    .isEqualTo(!model.get(start, start + length).isEmpty());
        }
    }

    private static BitSet bytes(RangeSet ranges) {
        BitSet bytes = new BitSet();
        ranges.forEach((start, end) -> bytes.set((int) start, (int) end));
        return bytes;
    }

    @Test
    void joinsAdjoiningRanges() {
        RangeSet ranges = new RangeSet();
        ranges.add(10, 5);
        ranges.add(20, 5);
        ranges.add(15, 5);
        List<Long> edges = new ArrayList<>();
        ranges.forEach((start, end) -> edges.addAll(List.of(start, end)));
        assertThat(edges).containsExactly(10L, 25L);
        assertThat(ranges.count()).isOne();
    }
}
