package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on the index and on {@link SectorModel}; the seed is the parameter. */
class CacheIndexModelTest {
    private static final int SUBTREES = 3;

    private final CacheIndex index = new CacheIndex(SUBTREES * CacheIndex.SUBTREE_BYTES, 1);
    private final SectorModel[] models = {new SectorModel(), new SectorModel(), new SectorModel()};
    private final long[] out = new long[Extent.SUBTREE_SECTORS];

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void saysWhatTheModelSays(long seed) {
        Random random = new Random(seed);
        // Small ranges fill the arrays, large ranges empty them.
        int longest = 1 << random.nextInt(14);
        for (int step = 0; step < 20_000; step++) {
            if (step % 4000 == 0) {
                longest = 1 << random.nextInt(14);
            }
            int subtree = random.nextInt(SUBTREES);
            synchronized (index.lock(subtree)) {
                change(random, subtree, longest);
                if (step % 16 == 0) {
                    compare(subtree, randomExtent(random, longest));
                }
            }
            if (step % 500 == 0) {
                compareWhole();
            }
        }
        compareWhole();
        removeEverything(random);
    }

    private void change(Random random, int subtree, int longest) {
        long extent = randomExtent(random, longest);
        SectorModel model = models[subtree];
        switch (random.nextInt(10)) {
            case 0 -> {
                assertThat(index.holdsPlace(subtree, extent)).isEqualTo(model.holdsPlace(extent));
                index.removePlace(subtree, extent);
                model.removePlace(extent);
            }
            case 1 -> {
                index.removeRange(subtree, Extent.from(extent), Extent.sectors(extent));
                model.removeRange(Extent.from(extent), Extent.sectors(extent));
            }
            case 2 -> {
                assertThat(index.reserve(subtree)).isTrue();
                assertThat(index.insertMissing(subtree, extent)).isEqualTo(model.insertMissing(extent));
            }
            case 3 -> {
                index.markClean(subtree, extent);
                model.mark(extent, true);
            }
            case 4 -> {
                int from = Extent.from(extent);
                int end = Extent.end(extent);
                assertThat(index.dirtyRun(subtree, from, end)).isEqualTo(model.dirtyRun(from, end));
                boolean dirty = model.dirtyRun(from, end) != ~end;
                assertThat(index.holdsDirty(subtree, extent)).isEqualTo(dirty);
                assertThat(index.holdsOtherDirty(subtree, extent)).isEqualTo(model.holdsOtherDirty(extent));
                assertThat(index.markDirty(subtree, extent)).isTrue();
                model.mark(extent, false);
            }
            default -> {
                assertThat(index.reserve(subtree)).isTrue();
                index.insert(subtree, extent);
                model.insert(extent);
            }
        }
    }

    /** Draws from few segments, and few distances between sector and place, so that places meet again. */
    private static long randomExtent(Random random, int longest) {
        int from = random.nextInt(Extent.SUBTREE_SECTORS);
        int sectors = 1 + random.nextInt(Math.min(longest, Extent.SUBTREE_SECTORS - from));
        return Extent.of(from, sectors, random.nextInt(4) == 0, random.nextInt(2), from + 100 * random.nextInt(2));
    }

    private void compare(int subtree, long range) {
        int from = Extent.from(range);
        int sectors = Extent.sectors(range);
        int found = index.find(subtree, from, sectors, out);
        assertThat(SectorModel.sectorsOf(out, found)).isEqualTo(models[subtree].sectors(from, sectors));
    }

    private void compareWhole() {
        long mapped = 0;
        int[] entries = new int[1];
        long[] dirty = new long[1];
        for (int subtree = 0; subtree < SUBTREES; subtree++) {
            compare(subtree, Extent.of(0, Extent.SUBTREE_SECTORS, false, 0, 0));
            mapped += models[subtree].mapped();
        }
        assertThat(index.mappedSectors()).isEqualTo(mapped);
        index.forEach((subtree, extent) -> {
            entries[0]++;
            dirty[0] += Extent.clean(extent) ? 0 : Extent.sectors(extent);
        });
        assertThat(index.dirtySectors()).isEqualTo(dirty[0]);
        assertThat(index.entries()).isEqualTo(entries[0]);
        assertNothingJoins();
    }

    private void assertNothingJoins() {
        long[] last = {Extent.NONE, -1};
        index.forEach((subtree, extent) -> {
            if (last[1] == subtree) {
                assertThat(Extent.end(last[0])).isLessThanOrEqualTo(Extent.from(extent));
            }
            last[0] = extent;
            last[1] = subtree;
        });
    }

    private void removeEverything(Random random) {
        for (int subtree = 0; subtree < SUBTREES; subtree++) {
            synchronized (index.lock(subtree)) {
                while (models[subtree].mapped() > 0) {
                    long some = models[subtree]
                            .sectors(0, Extent.SUBTREE_SECTORS)
                            .get(random.nextInt(models[subtree].mapped()));
                    int sectors = Math.min(300, Extent.SUBTREE_SECTORS - Extent.from(some));
                    long key = Extent.of(Extent.from(some), sectors, false, Extent.segment(some), Extent.place(some));
                    index.removePlace(subtree, key);
                    models[subtree].removePlace(key);
                    compare(subtree, Extent.of(0, Extent.SUBTREE_SECTORS, false, 0, 0));
                }
            }
        }
        assertThat(index.entries()).isZero();
        assertThat(index.mappedSectors()).isZero();
        assertThat(index.dirtySectors()).isZero();
        assertThat(index.usedBytes()).isZero();
    }
}
