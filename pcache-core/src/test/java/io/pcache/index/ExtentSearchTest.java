package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.NativeWords;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentSearchTest {
    private static final int BASE = 5;

    private static final int WORDS = BASE + Extent.SUBTREE_SECTORS + 1;

    private final ByteBuffer words = NativeMemory.allocate(WORDS * Long.BYTES);
    private int count;

    private long address(int index) {
        return NativeMemory.address(words) + (long) index * Long.BYTES;
    }

    private void set(int index, long extent) {
        NativeWords.set(address(index), extent);
    }

    private void add(int from, int sectors) {
        set(BASE + count++, Extent.of(from, sectors, false, 1, 0));
    }

    /** A search that looks outside the array's part would find a wrong answer there. */
    private void assertAgreesWithALinearSearch() {
        for (int i = 0; i < WORDS; i++) {
            if (i < BASE || i >= BASE + count) {
                set(i, Extent.of(i < BASE ? 8191 : 0, 1, false, 0, 0));
            }
        }
        int expected = 0;
        for (int sector = 0; sector < Extent.SUBTREE_SECTORS; sector++) {
            while (expected < count && Extent.end(NativeWords.get(address(BASE + expected))) <= sector) {
                expected++;
            }
            int found = ExtentSearch.firstEndingBehind(address(BASE), count, sector);
            if (found != expected) {
                assertThat(found)
                        .as("sector %d among %d extents", sector, count)
                        .isEqualTo(expected);
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
