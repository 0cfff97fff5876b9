package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.slab.SlabPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that change subtrees, each under the subtree's lock, while slabs and pages are shared. Another thread reads
 * what needs no lock.
 */
@Timeout(120)
class CacheIndexConcurrencyTest {
    private static final int THREADS = 4;
    private static final int SUBTREES = 200;
    private static final int STEPS = 60_000;

    private final CacheIndex index = new CacheIndex(SUBTREES * CacheIndex.SUBTREE_BYTES, 24 * SlabPool.CHUNK_BYTES);
    private final SectorModel[] models = new SectorModel[SUBTREES];

    CacheIndexConcurrencyTest() {
        for (int i = 0; i < SUBTREES; i++) {
            models[i] = new SectorModel();
        }
    }

    @Test
    void keepsSubtreesOfManyThreadsApart() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        try {
            AtomicBoolean done = new AtomicBoolean();
            Future<?> watcher = threads.submit(() -> watch(done));
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int seed = i;
                work.add(() -> change(new Random(seed)));
            }
            for (Future<Void> future : threads.invokeAll(work)) {
                future.get();
            }
            done.set(true);
            watcher.get();
        } finally {
            threads.shutdownNow();
        }
        long[] out = new long[Extent.SUBTREE_SECTORS];
        long mapped = 0;
        for (int subtree = 0; subtree < SUBTREES; subtree++) {
            int found = index.find(subtree, 0, Extent.SUBTREE_SECTORS, out);
            assertThat(SectorModel.sectorsOf(out, found)).isEqualTo(models[subtree].sectors(0, Extent.SUBTREE_SECTORS));
            mapped += models[subtree].mapped();
        }
        assertThat(index.mappedSectors()).isEqualTo(mapped);
        index.clear();
        assertThat(index.entries()).isZero();
        assertThat(index.usedBytes()).isZero();
    }

    private Void change(Random random) {
        for (int step = 0; step < STEPS; step++) {
            int subtree = random.nextInt(SUBTREES);
            int from = random.nextInt(Extent.SUBTREE_SECTORS);
            int sectors =
                    1 + random.nextInt(Math.min(random.nextInt(50) == 0 ? 8192 : 4, Extent.SUBTREE_SECTORS - from));
            long extent = Extent.of(from, sectors, false, random.nextInt(2), from);
            synchronized (index.lock(subtree)) {
                if (random.nextInt(4) == 0) {
                    index.removePlace(subtree, extent);
                    models[subtree].removePlace(extent);
                } else if (index.reserve(subtree)) {
                    index.insert(subtree, extent);
                    models[subtree].insert(extent);
                }
            }
        }
        return null;
    }

    private void watch(AtomicBoolean done) {
        long[] last = new long[2];
        while (!done.get()) {
            last[0] = -1;
            index.forEach((subtree, extent) -> {
                assertThat(subtree > last[0] || subtree == last[0] && Extent.from(extent) >= last[1])
                        .as("order of addresses")
                        .isTrue();
                last[0] = subtree;
                last[1] = Extent.end(extent);
            });
            assertThat(index.entries()).isBetween(0L, (long) SUBTREES * Extent.SUBTREE_SECTORS);
            assertThat(index.mappedSectors()).isBetween(0L, (long) SUBTREES * Extent.SUBTREE_SECTORS);
        }
    }
}
