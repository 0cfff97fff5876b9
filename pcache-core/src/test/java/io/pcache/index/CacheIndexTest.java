package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CacheIndexTest {
    private static final long SUBTREE = CacheIndex.SUBTREE_BYTES;

    private final CacheIndex index = new CacheIndex(1000 * SUBTREE, 1 << 20);
    private final long[] out = new long[64];

    private List<Long> all(int subtree) {
        List<Long> list = new ArrayList<>();
        index.forEach(subtree, (s, extent) -> list.add(extent));
        return list;
    }

    private static long dirty(int from, int sectors, int segment, int place) {
        return Extent.of(from, sectors, false, segment, place);
    }

    @Test
    void tellsSubtreeAndSectorOfAByte() {
        assertThat(CacheIndex.subtree(0)).isZero();
        assertThat(CacheIndex.subtree((4L << 20) - 1)).isZero();
        assertThat(CacheIndex.subtree(4L << 20)).isEqualTo(1);
        assertThat(CacheIndex.sector((4L << 20) - 512)).isEqualTo(8191);
        assertThat(CacheIndex.sector((4L << 20) + 1024)).isEqualTo(2);
        assertThat(CacheIndex.subtree((4L << 50) - 1)).isEqualTo((1 << 30) - 1);
    }

    @Test
    void splitsWhatIsOverwrittenInTheMiddle() {
        index.insert(5, dirty(0, 100, 1, 0));
        index.insert(5, dirty(40, 10, 2, 500));
        assertThat(all(5)).containsExactly(dirty(0, 40, 1, 0), dirty(40, 10, 2, 500), dirty(50, 50, 1, 50));
    }

    @Test
    void trimsAndRemovesWhatIsOverwritten() {
        index.insert(5, dirty(0, 10, 1, 0));
        index.insert(5, dirty(20, 10, 1, 100));
        index.insert(5, dirty(40, 10, 1, 200));
        index.insert(5, dirty(5, 40, 2, 0));
        assertThat(all(5)).containsExactly(dirty(0, 5, 1, 0), dirty(5, 40, 2, 0), dirty(45, 5, 1, 205));
        index.insert(5, dirty(0, 8192, 3, 0));
        assertThat(all(5)).containsExactly(dirty(0, 8192, 3, 0));
    }

    @Test
    void mergesSequentialWritesToOneExtent() {
        for (int sector = 0; sector < Extent.SUBTREE_SECTORS; sector += 8) {
            assertThat(index.reserve(0)).isTrue();
            index.insert(0, dirty(sector, 8, 1, 100 + sector));
        }
        assertThat(all(0)).containsExactly(dirty(0, 8192, 1, 100));
        assertThat(index.usedBytes()).as("a lone extent needs no array").isZero();
    }

    @Test
    void mergesAWriteThatClosesAGap() {
        index.insert(0, dirty(0, 8, 1, 0));
        index.insert(0, dirty(16, 8, 1, 16));
        index.insert(0, dirty(8, 8, 1, 8));
        assertThat(all(0)).containsExactly(dirty(0, 24, 1, 0));
    }

    @Test
    void keepsCleanAndDirtyApart() {
        index.insert(0, dirty(0, 8, 1, 0));
        index.insert(0, Extent.of(8, 8, true, 1, 8));
        assertThat(all(0)).hasSize(2);
        index.insert(0, dirty(8, 8, 1, 8));
        assertThat(all(0)).containsExactly(dirty(0, 16, 1, 0));
    }

    @Test
    void insertsTheSameAgainWithoutChange() {
        index.insert(0, dirty(0, 100, 1, 0));
        index.insert(0, dirty(50, 10, 1, 50));
        assertThat(all(0)).containsExactly(dirty(0, 100, 1, 0));
        assertThat(index.mappedSectors()).isEqualTo(100);
    }

    @Test
    void fillsOnlyGaps() {
        index.insert(0, dirty(10, 10, 1, 0));
        index.insert(0, dirty(30, 10, 1, 100));
        long fill = Extent.of(0, 50, true, 2, 1000);
        assertThat(index.insertMissing(0, fill)).isEqualTo(30);
        assertThat(all(0))
                .containsExactly(
                        Extent.of(0, 10, true, 2, 1000),
                        dirty(10, 10, 1, 0),
                        Extent.of(20, 10, true, 2, 1020),
                        dirty(30, 10, 1, 100),
                        Extent.of(40, 10, true, 2, 1040));
        assertThat(index.insertMissing(0, fill)).isZero();
    }

    @Test
    void findsClippedExtentsInOrder() {
        index.insert(7, dirty(0, 10, 1, 0));
        index.insert(7, dirty(20, 10, 2, 0));
        index.insert(7, dirty(40, 10, 3, 0));
        assertThat(index.find(7, 5, 40, out)).isEqualTo(3);
        assertThat(out).startsWith(dirty(5, 5, 1, 5), dirty(20, 10, 2, 0), dirty(40, 5, 3, 0));
        assertThat(index.find(7, 10, 10, out)).isZero();
        assertThat(index.find(7, 0, 8192, new long[2]))
                .as("stops when out is full")
                .isEqualTo(2);
        assertThat(index.find(8, 0, 8192, out)).isZero();
        index.insert(9, dirty(100, 10, 1, 0));
        assertThat(index.find(9, 0, 100, out)).isZero();
        assertThat(index.find(9, 110, 1, out)).isZero();
        assertThat(index.find(9, 105, 1, out)).isEqualTo(1);
        assertThat(out[0]).isEqualTo(dirty(105, 1, 1, 5));
    }

    @Test
    void removesOnlyWhatStillIsTheKeysData() {
        long key = dirty(0, 100, 1, 0);
        index.insert(0, key);
        index.insert(0, dirty(40, 10, 2, 40));
        index.insert(0, dirty(60, 10, 1, 61));
        assertThat(index.holdsPlace(0, key)).isTrue();
        index.removePlace(0, key);
        assertThat(all(0)).containsExactly(dirty(40, 10, 2, 40), dirty(60, 10, 1, 61));
        assertThat(index.holdsPlace(0, key)).isFalse();
    }

    @Test
    void removesAKeyThatWasMergedIntoALongerExtent() {
        for (int i = 0; i < 3; i++) {
            index.insert(0, dirty(i * 8, 8, 1, i * 8));
        }
        index.removePlace(0, dirty(8, 8, 1, 8));
        assertThat(all(0)).containsExactly(dirty(0, 8, 1, 0), dirty(16, 8, 1, 16));
        assertThat(index.holdsPlace(0, dirty(8, 8, 1, 8))).isFalse();
        assertThat(index.holdsPlace(0, dirty(4, 8, 1, 4))).isTrue();
    }

    @Test
    void removesAKeyWhetherItWasMarkedCleanOrNot() {
        index.insert(0, Extent.of(0, 8, true, 1, 0));
        index.removePlace(0, dirty(0, 8, 1, 0));
        assertThat(all(0)).isEmpty();
    }

    @Test
    void walksSubtreesThatHaveEntries() {
        index.insert(999, dirty(1, 1, 1, 1));
        index.insert(0, dirty(1, 1, 1, 1));
        index.insert(64, dirty(1, 1, 1, 1));
        index.insert(65, dirty(1, 1, 1, 1));
        index.removeRange(64, 0, 8192);
        List<Integer> seen = new ArrayList<>();
        index.forEach((subtree, extent) -> seen.add(subtree));
        assertThat(seen).containsExactly(0, 65, 999);
        assertThat(index.next(0)).isZero();
        assertThat(index.next(1)).isEqualTo(65);
        assertThat(index.next(66)).isEqualTo(999);
        assertThat(index.next(1000)).isEqualTo(-1);
    }

    @Test
    void clearsAndGivesItsMemoryBack() {
        for (int subtree = 0; subtree < 1000; subtree += 7) {
            for (int sector = 0; sector < 200; sector += 2) {
                index.insert(subtree, dirty(sector, 1, 1, sector));
            }
        }
        long memory = index.memoryBytes();
        index.clear();
        assertThat(index.entries()).isZero();
        assertThat(index.mappedSectors()).isZero();
        assertThat(index.usedBytes()).isZero();
        assertThat(index.next(0)).isEqualTo(-1);
        assertThat(index.memoryBytes()).as("kept for the next use").isEqualTo(memory);
        index.insert(7, dirty(0, 1, 1, 0));
        assertThat(index.next(0)).isEqualTo(7);
    }

    @Test
    void refusesADeviceOfNoSizeOrTooLarge() {
        assertThatThrownBy(() -> new CacheIndex(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CacheIndex((4L << 50) + 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CacheIndex(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void listsOfSubtreesMustFitTheLocks() {
        assertThat(CacheIndex.requireListsForLocks("Some.LISTS", 1024)).isEqualTo(1024);
        for (int lists : new int[] {512, 1500}) {
            assertThatThrownBy(() -> CacheIndex.requireListsForLocks("Some.LISTS", lists))
                    .hasMessageContaining("Some.LISTS is " + lists)
                    .hasMessageContaining("CacheIndex.MAX_STRIPES, which is 1024");
        }
    }

    @Test
    void subtreesOfOneListHaveOneLock() {
        int lists = 1024;
        CacheIndex large = new CacheIndex(3000 * SUBTREE, 1 << 20);
        for (int subtree = 0; subtree + lists < large.subtrees(); subtree++) {
            assertThat(large.lock(subtree + lists)).isSameAs(large.lock(subtree));
        }
    }
}
