package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.Progress;
import io.pcache.log.Position;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How write-back goes on, and what write-back leaves; {@link DamageTest} shows what write-back saves. */
class OfflineWriteBackTest {
    private static final KernelImage IMAGE = KernelImages.named("dirty-nocrc-overlap");

    @TempDir
    Path directory;

    private DamagedImage device;
    private SimulatedBacking backing;

    @BeforeEach
    void unpack() throws Exception {
        KernelImage.Files files = IMAGE.unpack(directory);
        device = new DamagedImage(files.cache());
        backing = new SimulatedBacking(Files.readAllBytes(files.backing()), 512, null);
    }

    private CheckReport check() {
        return new CacheCheck(device, Progress.NONE)
                .backingBytes(backing.sizeBytes())
                .withoutData()
                .run();
    }

    private OfflineWriteBack writeBack(Progress progress) throws OfflineException {
        return new OfflineWriteBack(check(), device, backing, progress);
    }

    private void assertSaved() throws Exception {
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(backing.content())))
                .isEqualTo(IMAGE.logicalSha256());
    }

    @Test
    void goesOnWhereAFailureOfTheBackingDeviceStoppedIt() throws Exception {
        OfflineWriteBack first = writeBack((what, done, total) -> {
            if (done == 2000) {
                backing.failWrites(Errno.EIO);
            }
        });
        assertThatThrownBy(() -> first.run(backing.sizeBytes()))
                .isInstanceOf(OfflineException.class)
                .hasMessageContaining("EIO");
        long stopped = check().log().dirtyTail();
        assertThat(stopped)
                .isGreaterThan(device.view().dirtyTail())
                .isLessThan(check().log().end());

        backing.failWrites(0);
        WriteBackReport second = writeBack(Progress.NONE).run(backing.sizeBytes());
        assertThat(second.isComplete()).isTrue();
        assertThat(second.keys()).isLessThan(2000);
        assertSaved();
        assertThat(check().findings()).isEmpty();
    }

    @Test
    void makesEachKeySetDurableBeforeTheNext() throws Exception {
        writeBack(Progress.NONE).run(backing.sizeBytes());
        assertThat(backing.flushes())
                .isEqualTo(IMAGE.media().path("dirty_ksets").longValue());
        assertThat(backing.unflushedSectors()).isZero();
    }

    @Test
    void aFailedFlushLeavesTheDirtyTail() throws Exception {
        backing.failFlushes(Errno.EIO);
        assertThatThrownBy(() -> writeBack(Progress.NONE).run(backing.sizeBytes()))
                .isInstanceOf(OfflineException.class)
                .hasMessageContaining("flush");
        assertThat(check().log().dirtyTail()).isEqualTo(device.view().dirtyTail());
    }

    @Test
    void refusesABackingDeviceThatIsTooSmallUnlessTold() throws Exception {
        SimulatedBacking small = new SimulatedBacking(8 << 20);
        assertThatThrownBy(() -> new OfflineWriteBack(check(), device, small, Progress.NONE).run(small.sizeBytes()))
                .isInstanceOf(OfflineException.class)
                .hasMessageContaining("is it the right one?");
        assertThat(small.writes()).isZero();

        WriteBackReport report = new OfflineWriteBack(check(), device, small, Progress.NONE)
                .skipBeyondEnd()
                .run(small.sizeBytes());
        assertThat(report.isComplete()).isFalse();
        assertThat(report.skipped()).allSatisfy(skipped -> {
            assertThat(skipped.offset() + skipped.length()).isGreaterThan(8 << 20);
            assertThat(skipped.reason()).contains("exceeds device size 8388608");
        });
    }

    @Test
    void stopsTheDirtyTailInFrontOfTheFirstDamage() throws Exception {
        device.forgeKeySet(device.keySet(7), KeySetLayout.key(0) + KeyLayout.SEGMENT, 33);
        WriteBackReport report = writeBack(Progress.NONE).run(backing.sizeBytes());
        assertThat(report.skippedCount()).isOne();
        assertThat(report.skipped().get(0).reason()).contains("cache_seg_id 33 is not below the number of segments 33");
        assertThat(device.view().dataOffset(0) + Position.offset(report.dirtyTail()))
                .isEqualTo(device.keySet(7));
    }

    @Test
    void discardsWhatIsDamagedWhenTold() throws Exception {
        device.forgeKeySet(device.keySet(7), KeySetLayout.key(0) + KeyLayout.SEGMENT, 33);
        WriteBackReport report = writeBack(Progress.NONE).discardDamaged().run(backing.sizeBytes());
        assertThat(report.isComplete()).isFalse();
        assertThat(report.dirtyTail())
                .isEqualTo(report.end())
                .isEqualTo(check().log().end());

        // All that is left is in front of the dirty tail, and so can be passed.
        CheckReport left = new CacheCheck(device, Progress.NONE).run();
        assertThat(left.counts().keySet()).containsExactly(Problem.KEY_INVALID);
        assertThat(left.isMendable()).isTrue();
    }

    @Test
    void afterKeySetsBehindADamagedOneWereWrittenARepairMakesTheCacheUsableAgain() throws Exception {
        device.flip(device.keySet(20) + KeySetLayout.key(1), 5);
        WriteBackReport report = writeBack(Progress.NONE).discardDamaged().run(backing.sizeBytes());
        assertThat(report.behind()).extracting(KeySetRun::origin).containsExactly(KeySetRun.Origin.CONTINUATION);
        assertThat(report.skippedCount()).isPositive();

        CheckReport damaged = check();
        assertThat(damaged.counts().keySet())
                .containsExactlyInAnyOrder(Problem.LOG_CORRUPT, Problem.DIRTY_TAIL_NOT_IN_LOG);
        Repair.apply(damaged, device, "image", directory.resolve("backup"));
        assertThat(check().findings()).isEmpty();
        assertThat(check().log().keys()).isZero();
    }

    @Test
    void leavesTheDirtyTailOfACacheThatNeedsARepair() throws Exception {
        device.breakCopies(io.pcache.metadata.RecordKind.KEY_TAIL, 0);
        WriteBackReport report = writeBack(Progress.NONE).run(backing.sizeBytes());
        assertThat(report.isComplete()).isTrue();
        assertThat(report.dirtyTail()).isEqualTo(device.view().dirtyTail());
        assertSaved();
        assertThat(check().counts().keySet()).isEqualTo(java.util.Set.of(Problem.KEY_TAIL_LOST));
    }

    @Test
    void namesDataThatTheDeviceFailsToReadInACacheWithoutChecksums() throws Exception {
        long keySet = device.keySet(-1);
        long data = device.view().dataOffset(device.getInt(keySet + KeySetLayout.key(0) + KeyLayout.SEGMENT))
                + device.getInt(keySet + KeySetLayout.key(0) + KeyLayout.SEGMENT_OFFSET);
        device.fail(data, 512);
        WriteBackReport report = writeBack(Progress.NONE).run(backing.sizeBytes());
        assertThat(report.skipped())
                .extracting(OfflineWriteBack.Skipped::reason)
                .isEqualTo(List.of("the device fails to read the data"));
        assertThat(report.lost().isEmpty()).isFalse();
    }
}
