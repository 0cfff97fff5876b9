package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.Progress;
import io.pcache.engine.TestCache;
import io.pcache.log.LogWalk;
import io.pcache.media.KernelImages;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Key-sets behind zeros: those of a log that has lost its beginning, or those that healthy caches have there. */
class BehindEndTest {
    private static final int BLOCK = 4096;
    private static final int WRITE = 64 << 10;

    @TempDir
    Path directory;

    private DamagedImage image(String scenario) throws Exception {
        return new DamagedImage(KernelImages.named(scenario).unpack(directory).cache());
    }

    private static CheckReport check(DamagedImage image) {
        return new CacheCheck(image, Progress.NONE).withoutData().run();
    }

    /** Damages the first key-set, a key-set in the middle, or the last but one, the latter in its first word only. */
    @ParameterizedTest
    @CsvSource({"0, 24, 13", "5, 24, 8", "-2, 8, 1", "0, 4096, 5"})
    void zerosOverKeySetsAreNotSilentlyTheEnd(int number, int bytes, long behind) throws Exception {
        DamagedImage image = image("dirty-crc");
        image.fill(image.keySet(number), bytes, 0);

        CheckReport report = check(image);
        assertThat(report.counts().keySet()).containsExactly(Problem.LOG_BEHIND_END);
        assertThat(report.isMendable()).isFalse();
        assertThat(report.log().behind()).singleElement().satisfies(run -> {
            assertThat(run.origin()).isEqualTo(KeySetRun.Origin.UNCERTAIN);
            assertThat(run.keySets()).isEqualTo(behind);
        });

        SimulatedBacking backing = new SimulatedBacking(512L << 20);
        WriteBackReport done = new OfflineWriteBack(report, image, backing, Progress.NONE).run(backing.sizeBytes());
        assertThat(done.isComplete()).isFalse();
        assertThat(done.leavesKeySetsBehind()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dirty-crc",
                "dirty-nocrc-overlap",
                "unflushed-tail",
                "wrapped",
                "gc-past-last",
                "clean-readfill",
                "fresh",
                "fresh-garbage"
            })
    void healthyCachesHaveNone(String scenario) throws Exception {
        assertThat(check(image(scenario)).log().behind()).isEmpty();
    }

    @Test
    void whatAnEarlierCacheLeftOnTheDeviceIsToldByThePlacesThatItsKeysName() throws Exception {
        DamagedImage image = image("dirty-crc");
        long third = image.keySet(2);
        ByteBuffer rest = ByteBuffer.allocate(1 << 16);
        image.copyOut(third, rest, 0, rest.capacity());
        image.fill(0, 2 * BLOCK, 0);
        // Without overwriteForeign, the remains of the earlier cache would be refused.
        PCacheConfig config = PCacheConfig.builder(512L << 20)
                .dataCrc(true)
                .overwriteForeign(true)
                .build();
        try (TestCache cache = new TestCache(image, new SimulatedBacking(512L << 20), config, 1)) {
            // So many writes that the log ends where a single key-set could reach from the end to a key-set of the
            // earlier cache.
            for (int i = 0; i < 30; i++) {
                cache.write(3L * i * WRITE, new byte[WRITE]);
            }
        }
        // The kernel target, other than pcache, prepares nothing in front of the log.
        image.copyIn(third, rest, 0, rest.capacity());
        CheckReport report = check(image);
        assertThat(report.log().keys()).isEqualTo(30);
        KeySetRun earlier = new KeySetSearch(new DraftMemory(image), report.view(), Long.MAX_VALUE)
                .behind(report.log().end())
                .get(0);
        assertThat(earlier.ending()).isEqualTo(LogWalk.End.TERMINATED);
        assertThat(earlier.staleKeys()).isZero();
        assertThat(KeySetSearch.isKeySetLength(
                        (int) (earlier.from() - report.log().end())))
                .isTrue();

        assertThat(report.findings()).isEmpty();
    }

    @Test
    void aTornLastKeySetIsNamedByWriteBack() throws Exception {
        DamagedImage image = image("dirty-crc");
        long last = image.keySet(-1);
        int keys = image.getInt(last + KeySetLayout.KEY_NUM);
        image.flip(last + KeySetLayout.CRC, 0);
        SimulatedBacking backing = new SimulatedBacking(512L << 20);
        WriteBackReport done =
                new OfflineWriteBack(check(image), image, backing, Progress.NONE).run(backing.sizeBytes());
        assertThat(done.isComplete()).isFalse();
        assertThat(done.ending()).isEqualTo(LogWalk.End.TORN);
        assertThat(done.skippedCount()).isEqualTo(keys);
        assertThat(done.skipped().get(0).reason())
                .contains("seems to name this")
                .contains("a power cut may have torn it");
        assertThat(done.dirtyTail()).isEqualTo(done.end());
    }

    @Test
    void aDamagedLastKeySetThatIsWrittenBackIsNothingLeftOut() throws Exception {
        DamagedImage image = image("dirty-crc");
        SimulatedBacking backing = new SimulatedBacking(512L << 20);
        assertThat(new OfflineWriteBack(check(image), image, backing, Progress.NONE)
                        .run(backing.sizeBytes())
                        .isComplete())
                .isTrue();
        image.flip(image.keySet(-1) + KeySetLayout.CRC, 0);
        assertThat(check(image).counts()).containsKey(Problem.LOG_TORN_END);
        WriteBackReport again =
                new OfflineWriteBack(check(image), image, backing, Progress.NONE).run(backing.sizeBytes());
        assertThat(again.skipped()).isEmpty();
        assertThat(again.isComplete()).isTrue();
    }

    @Test
    void everyKeyOfADamagedKeySetIsAccountedFor() throws Exception {
        DamagedImage image = image("dirty-crc");
        int keys = image.getInt(image.keySet(0) + KeySetLayout.KEY_NUM);
        // A length that no key has.
        image.flip(image.keySet(0) + KeySetLayout.key(5) + io.pcache.media.KeyLayout.LENGTH, 0);
        SimulatedBacking backing = new SimulatedBacking(512L << 20);
        WriteBackReport done =
                new OfflineWriteBack(check(image), image, backing, Progress.NONE).run(backing.sizeBytes());
        assertThat(done.skippedCount()).isEqualTo(keys);
        assertThat(done.skipped())
                .filteredOn(skipped -> skipped.reason().contains("what its key 5 names cannot be told"))
                .hasSize(1);
    }
}
