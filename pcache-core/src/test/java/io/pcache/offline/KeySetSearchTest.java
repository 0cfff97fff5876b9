package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.cache.Progress;
import io.pcache.log.Position;
import io.pcache.media.KernelImages;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySetSearchTest {
    @TempDir
    Path directory;

    private DamagedImage image(String scenario) throws Exception {
        return new DamagedImage(KernelImages.named(scenario).unpack(directory).cache());
    }

    private static List<KeySetRun> behindDamage(DamagedImage image) {
        return new CacheCheck(image, Progress.NONE).withoutData().run().log().behind();
    }

    @Test
    void findsTheRestOfTheLog() throws Exception {
        DamagedImage image = image("dirty-nocrc-overlap");
        long end = new CacheCheck(image, Progress.NONE).run().log().end();
        image.flip(image.keySet(3) + KeySetLayout.MAGIC, 1);
        List<KeySetRun> runs = behindDamage(image);
        assertThat(runs).hasSize(1);
        KeySetRun run = runs.get(0);
        assertThat(run.origin()).isEqualTo(KeySetRun.Origin.CONTINUATION);
        assertThat(image.view().dataOffset(0) + Position.offset(run.from())).isEqualTo(image.keySet(4));
        assertThat(run.end()).isEqualTo(end);
        assertThat(run.keySets()).isEqualTo(image.keySets().size() - 4);
    }

    @Test
    void findsTheRestInPiecesIfSeveralKeySetsAreDamaged() throws Exception {
        DamagedImage image = image("dirty-nocrc-overlap");
        image.flip(image.keySet(3) + KeySetLayout.MAGIC, 1);
        image.flip(image.keySet(10) + KeySetLayout.CRC, 1);
        assertThat(behindDamage(image))
                .extracting(KeySetRun::keySets)
                .containsExactly(6L, (long) image.keySets().size() - 11);
        assertThat(behindDamage(image)).extracting(KeySetRun::origin).doesNotContain(KeySetRun.Origin.CONTINUATION);
    }

    @Test
    void takesKeySetsOfAnEarlierUseOfTheSegmentForWhatTheyAre() throws Exception {
        DamagedImage image = image("dirty-nocrc-overlap");
        CheckReport whole = new CacheCheck(image, Progress.NONE).run();
        // Stale key-sets behind the log's terminator: their segment has been freed since.
        long old = image.view().dataOffset(0) + Position.offset(whole.log().end()) + 4096;
        copy(image, image.keySet(0), old, 3);
        image.forge(io.pcache.metadata.RecordKind.GENERATION, 1, io.pcache.media.GenerationLayout.GENERATION, 1);
        image.flip(image.keySet(-1) + KeySetLayout.KEY_NUM + 3, 6);
        List<KeySetRun> runs = new KeySetSearch(
                        new DraftMemory(image),
                        new CacheCheck(image, Progress.NONE).run().view(),
                        Long.MAX_VALUE)
                .behind(Position.of(0, (int) (image.keySet(-1) - image.view().dataOffset(0))));
        assertThat(runs).hasSize(1);
        assertThat(runs.get(0).origin()).isEqualTo(KeySetRun.Origin.EARLIER_USE);
        assertThat(runs.get(0).staleKeys()).isPositive();
        assertThat(runs.get(0).keySets()).isEqualTo(3);
    }

    @Test
    void findsNothingWhereNothingIs() throws Exception {
        DamagedImage image = image("fresh");
        image.fill(image.view().dataOffset(0), 24, 0x11);
        assertThat(new CacheCheck(image, Progress.NONE).run().counts().keySet()).containsExactly(Problem.LOG_TORN_END);
        assertThat(new KeySetSearch(new DraftMemory(image), image.view(), Long.MAX_VALUE).behind(0))
                .isEmpty();
    }

    private static void copy(DamagedImage image, long from, long to, int keySets) {
        int length = (int) (image.keySet(keySets) - from);
        ByteBuffer bytes = ByteBuffer.allocate(length + KeySetLayout.HEADER_BYTES);
        image.copyOut(from, bytes, 0, length);
        image.copyIn(to, bytes, 0, length + KeySetLayout.HEADER_BYTES);
    }
}
