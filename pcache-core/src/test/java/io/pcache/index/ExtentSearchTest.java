package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentSearchTest {
    private static final int BASE = 5;

    private final long[] words = new long[BASE + Extent.SUBTREE_SECTORS + 1];
    private int count;

    private void add(int from, int sectors) {
        words[BASE + count++] = Extent.of(from, sectors, false, 1, 0);
    }

    /** Whoever looks outside the array's part gets a wrong answer there. */
    private void assertAgreesWithALinearSearch() {
        Arrays.fill(words, 0, BASE, Extent.of(8191, 1, false, 0, 0));
        Arrays.fill(words, BASE + count, words.length, Extent.of(0, 1, false, 0, 0));
        int expected = 0;
        for (int sector = 0; sector < Extent.SUBTREE_SECTORS; sector++) {
            while (expected < count && Extent.end(words[BASE + expected]) <= sector) {
                expected++;
            }
            int found = ExtentSearch.firstEndingBehind(words, BASE, count, sector);
            if (found != expected) {
                assertThat(found).as("sector %d among %d extents", sector, count).isEqualTo(expected);
            }
        }
    }

    @Test
    void findsNothingInAnEmptyArray() {
        assertAgreesWithALinearSearch();
    }

    @Test
    void findsInAFullArray() {
        for (int sector = 0; sector < Extent.SUBTREE_SECTORS; sector++) {
            add(sector, 1);
        }
        assertAgreesWithALinearSearch();
    }

    @Test
    void findsAmongExtentsCrowdedAtTheStart() {
        for (int sector = 0; sector < 1000; sector++) {
            add(sector, 1);
        }
        assertAgreesWithALinearSearch();
        add(1000, 7192);
        assertAgreesWithALinearSearch();
    }

    @Test
    void findsAmongExtentsCrowdedAtTheEnd() {
        add(0, 7000);
        for (int sector = 7192; sector < 8192; sector++) {
            add(sector, 1);
        }
        assertAgreesWithALinearSearch();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void findsInRandomArrays(long seed) {
        Random random = new Random(seed);
        int longest = 1 << random.nextInt(10);
        for (int from = random.nextInt(longest); from < Extent.SUBTREE_SECTORS; ) {
            int sectors = Math.min(1 + random.nextInt(longest), Extent.SUBTREE_SECTORS - from);
            add(from, sectors);
            from += sectors + random.nextInt(longest);
        }
        assertAgreesWithALinearSearch();
    }
}
