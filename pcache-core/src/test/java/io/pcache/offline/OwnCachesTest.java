package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.Progress;
import io.pcache.crash.WrappedMemory;
import io.pcache.engine.TestCache;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.metadata.RecordKind;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools on caches that pcache made, with data_crc; and on caches in which anything may stand anywhere. */
class OwnCachesTest {
    private static final int DEVICE_BYTES = 16 << 20;
    private static final int BLOCK = 4096;

    @TempDir
    Path directory;

    private Path file;
    private final SimulatedBacking backing = new SimulatedBacking(DEVICE_BYTES);
    private final byte[] expected = new byte[DEVICE_BYTES];

    /** Makes writes. Half of the data is written back, and some is written over. */
    @BeforeEach
    void fillCache() throws Exception {
        file = directory.resolve("cache.img");
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(544L << 20);
        }
        TestCache cache = new TestCache(MappedMemory.open(file.toString()), backing, true);
        Random random = new Random(11);
        for (int i = 0; i < 600; i++) {
            byte[] data = new byte[BLOCK];
            random.nextBytes(data);
            int at = random.nextInt(DEVICE_BYTES / BLOCK) * BLOCK;
            cache.write(at, data);
            System.arraycopy(data, 0, expected, at, BLOCK);
            if (i == 300) {
                cache.settle();
            }
            if (i % 50 == 49) {
                cache.parts().committer().flush();
            }
        }
        cache.close();
    }

    private CheckReport check() throws Exception {
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(file.toString())) {
            return new CacheCheck(memory, Progress.NONE)
                    .backingBytes(DEVICE_BYTES)
                    .run();
        }
    }

    @Test
    void areFoundCleanAndWrittenBack() throws Exception {
        CheckReport report = check();
        assertThat(report.findings()).isEmpty();
        assertThat(report.log().keys()).isEqualTo(600);
        assertThat(report.log().dirtyTail())
                .isGreaterThan(report.log().keyTail())
                .isLessThan(report.log().end());
        try (MappedMemory memory = MappedMemory.open(file.toString())) {
            CheckReport structures =
                    new CacheCheck(memory, Progress.NONE).withoutData().run();
            assertThat(new OfflineWriteBack(structures, memory, backing, Progress.NONE)
                            .run(DEVICE_BYTES)
                            .isComplete())
                    .isTrue();
        }
        assertThat(Arrays.equals(backing.content(), expected)).isTrue();
    }

    private long dataOfKey(DamagedImage image, int keySet, int key) {
        long at = image.keySet(keySet) + KeySetLayout.key(key);
        return image.view().dataOffset(image.getInt(at + KeyLayout.SEGMENT))
                + image.getInt(at + KeyLayout.SEGMENT_OFFSET);
    }

    @Test
    void passDamagedDataThatIsOnTheBackingDevice() throws Exception {
        try (DamagedImage image = new DamagedImage(file)) {
            // A key of the first key-sets whose range nobody has written over since.
            int key = 0;
            CheckReport report;
            do {
                image.flip(dataOfKey(image, 0, key), 1);
                report = new CacheCheck(image, Progress.NONE).run();
                key++;
            } while (!report.counts().containsKey(Problem.DATA_DAMAGED));
            assertThat(report.counts().keySet()).isSubsetOf(Problem.DATA_DAMAGED, Problem.DATA_DAMAGED_OVERWRITTEN);
            assertThat(report.isMendable()).isTrue();

            Repair.apply(report, image, "image", directory.resolve("backup"));
            CheckReport after = new CacheCheck(image, Progress.NONE).run();
            assertThat(after.findings()).isEmpty();
            assertThat(after.log().keyTail())
                    .isGreaterThan(Position.of(0, 0))
                    .isLessThanOrEqualTo(after.log().dirtyTail());
            try (TestCache cache = new TestCache(image, backing, true)) {
                for (int at = 0; at < DEVICE_BYTES; at += 1 << 20) {
                    assertThat(cache.read(at, 1 << 20)).isEqualTo(Arrays.copyOfRange(expected, at, at + (1 << 20)));
                }
            }
        }
    }

    /**
     * Whether all data checksums hold. Linux's own target makes this check at activation, and refuses the cache for one
     * wrong checksum.
     */
    private static boolean everyChecksumHolds(DamagedImage image) throws Exception {
        CacheView view =
                new CacheCheck(image, Progress.NONE).withoutData().run().view();
        boolean[] holds = {true};
        new LogScan(
                        image,
                        view,
                        DEVICE_BYTES,
                        (keySet, index, key, violation) -> holds[0] &= view.isStale(key)
                                || image.checksum(view.dataOffset(key.segment) + key.place, key.length) == key.dataCrc)
                .run(view.keyTail());
        return holds[0];
    }

    /**
     * Damage that pcache has healed by reading the range anew: newer data covers the damage, and pcache reads no
     * damaged data.
     */
    @Test
    void passDamagedDataThatWasReadAnew() throws Exception {
        try (DamagedImage image = new DamagedImage(file)) {
            int key = 0;
            do {
                image.flip(dataOfKey(image, 0, key++), 1);
            } while (!new CacheCheck(image, Progress.NONE).run().counts().containsKey(Problem.DATA_DAMAGED));
            CacheMemory staysOpen = new WrappedMemory(image) {
                @Override
                public void close() {
                    // The image is used again below.
                }
            };
            try (TestCache cache = new TestCache(staysOpen, backing, true)) {
                for (int at = 0; at < DEVICE_BYTES; at += 1 << 20) {
                    assertThat(cache.read(at, 1 << 20)).isEqualTo(Arrays.copyOfRange(expected, at, at + (1 << 20)));
                }
                cache.flush();
            }
            CheckReport healed = new CacheCheck(image, Progress.NONE).run();
            assertThat(healed.counts().keySet()).containsExactly(Problem.DATA_DAMAGED_OVERWRITTEN);
            assertThat(everyChecksumHolds(image)).isFalse();
            assertThat(Problem.DATA_DAMAGED_OVERWRITTEN.severity()).isEqualTo(Severity.WARNING);
            assertThat(healed.isMendable()).isTrue();

            Repair.apply(healed, image, "image", directory.resolve("backup"));
            assertThat(new CacheCheck(image, Progress.NONE).run().findings()).isEmpty();
            assertThat(everyChecksumHolds(image)).isTrue();
        }
    }

    /**
     * Whichever copy of either tail is damaged: a repair leaves nothing to report, and what was in force is still in
     * force.
     */
    @Test
    void haveADamagedCopyOfATailMended() throws Exception {
        for (RecordKind kind : List.of(RecordKind.KEY_TAIL, RecordKind.DIRTY_TAIL)) {
            for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
                try (DamagedImage image = new DamagedImage(file)) {
                    image.flip(kind.place(0, copy) + 5, 3);
                    CheckReport report = new CacheCheck(image, Progress.NONE).run();
                    assertThat(report.isMendable())
                            .as("copy %d of the %s", copy, kind)
                            .isTrue();
                    Repair.apply(report, image, "image", directory.resolve("backup-" + kind + copy));
                    assertThat(new CacheCheck(image, Progress.NONE).run().findings())
                            .as("copy %d of the %s", copy, kind)
                            .isEmpty();
                    try (TestCache cache = new TestCache(image, backing, true)) {
                        for (int at = 0; at < DEVICE_BYTES; at += 1 << 20) {
                            assertThat(cache.read(at, 1 << 20))
                                    .isEqualTo(Arrays.copyOfRange(expected, at, at + (1 << 20)));
                        }
                    }
                }
            }
        }
    }

    /**
     * Whatever stands on the medium: check makes a report. Write-back names what it leaves out, or refuses. A repair
     * can be undone completely.
     */
    @Test
    void surviveRandomDamage() throws Exception {
        long seed = Long.getLong("pcache.offline.seed", System.nanoTime());
        int rounds = Integer.getInteger("pcache.offline.rounds", 150);
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            try (DamagedImage image = new DamagedImage(file)) {
                String what = damage(image, random);
                try {
                    tools(image, directory.resolve("backup-" + round));
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + ", round " + round + ": " + what, e);
                }
            }
        }
    }

    private static String damage(DamagedImage image, Random random) {
        StringBuilder what = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            long at = switch (random.nextInt(4)) {
                case 0 ->
                    random.nextInt(4096) < 2048
                            ? DeviceLayout.SUPERBLOCK + random.nextInt(24)
                            : DeviceLayout.CACHE_INFO + random.nextInt(8200);
                case 1 -> DeviceLayout.CACHE_CONTROL + random.nextInt(64);
                case 2 -> DeviceLayout.segment(random.nextInt(33)) + random.nextInt(3) * 4096L + random.nextInt(32);
                default -> image.keySet(random.nextInt(image.keySets().size())) + random.nextInt(600);
            };
            int kind = random.nextInt(4);
            if (kind == 0) {
                image.fail(at & -512, 512);
            } else if (kind == 1) {
                image.fill(at, 1 + random.nextInt(64), random.nextInt(256));
            } else if (kind == 2 && at >= image.keySet(0)) {
                int field = random.nextInt(40) * 4;
                image.forgeKeySet(
                        image.keySet(random.nextInt(image.keySets().size())),
                        KeySetLayout.KEYS + field,
                        random.nextInt());
            } else {
                image.flip(at, random.nextInt(8));
            }
            what.append(kind).append('@').append(at).append(' ');
        }
        return what.toString();
    }

    private static void tools(DamagedImage image, Path backup) throws Exception {
        CheckReport report =
                new CacheCheck(image, Progress.NONE).backingBytes(DEVICE_BYTES).run();
        assertThat(report.findings().size()).isLessThan(100_000);
        try {
            new OfflineWriteBack(report, image, null, Progress.NONE).run(DEVICE_BYTES);
        } catch (OfflineException refused) {
            assertThat(refused).hasMessageNotContaining("null");
        }
        if (!report.mends().isEmpty()) {
            Repair.apply(report, image, "image", backup);
            CheckReport after = new CacheCheck(image, Progress.NONE)
                    .backingBytes(DEVICE_BYTES)
                    .run();
            assertThat(after.mends())
                    .as("a repair leaves nothing that a repair can do: %s", after.findings())
                    .isEmpty();
            assertThat(after.isSound()).isEqualTo(report.isMendable());
            try {
                Repair.undo(RepairBackup.read(backup), image);
            } catch (CacheMemoryException stillBad) {
                assertThat(stillBad).hasMessageContaining("EIO");
            }
        }
        Files.deleteIfExists(backup);
    }
}
