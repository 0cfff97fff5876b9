package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.Progress;
import io.pcache.engine.TestCache;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.RecordKind;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kinds of damage to caches that the kernel target wrote: what check says, what is left after a repair, and what
 * write-back saves without a repair. Each repair is also taken back and made again, and the repaired cache is activated
 * and read.
 */
class DamageTest {
    private static final String CRC = "dirty-crc";
    private static final String OVERLAP = "dirty-nocrc-overlap";
    private static final String WRAPPED = "wrapped";
    private static final String PAST_LAST = "gc-past-last";

    /** What write-back makes of the damaged cache. */
    private enum Saved {
        /** All: the backing device becomes what the mapped device was. */
        ALL,
        /** All but the ranges that write-back names. */
        ALL_BUT_NAMED,
        /** All but what the last key-set names: this key-set looks like one that a crash tore. */
        ALL_BUT_LAST_KEY_SET,
        /** Nothing: write-back says why. */
        REFUSED
    }

    private interface Breaker {
        void damage(DamagedImage image);
    }

    /**
     * A kind of damage.
     *
     * @param found what check says
     * @param left what check says after a repair
     */
    private record Damage(
            String name, String scenario, Set<Problem> found, Set<Problem> left, Saved saved, Breaker breaker) {
        @Override
        public String toString() {
            return name + " (" + scenario + ")";
        }
    }

    private static Damage mended(String name, String scenario, Saved saved, Breaker breaker, Problem... found) {
        return new Damage(
                name, scenario, EnumSet.copyOf(List.of(found)), EnumSet.noneOf(Problem.class), saved, breaker);
    }

    private static Damage lasting(String name, String scenario, Saved saved, Breaker breaker, Problem... found) {
        return new Damage(
                name, scenario, EnumSet.copyOf(List.of(found)), EnumSet.copyOf(List.of(found)), saved, breaker);
    }

    /** Scenario by scenario, because the contents of all devices together are too large to be kept. */
    static List<Damage> damages() {
        return kinds().stream().sorted(Comparator.comparing(Damage::scenario)).toList();
    }

    private static List<Damage> kinds() {
        return List.of(
                // ---- superblock
                mended(
                        "superblock: checksum",
                        CRC,
                        Saved.ALL,
                        image -> image.flip(DeviceLayout.SUPERBLOCK, 0),
                        Problem.SUPERBLOCK_CHECKSUM),
                mended(
                        "superblock: seg_num",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.flip(DeviceLayout.SUPERBLOCK + SuperblockLayout.SEG_NUM + 1, 5),
                        Problem.SUPERBLOCK_CHECKSUM),
                mended(
                        "superblock: magic",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.flip(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC + 3, 7),
                        Problem.SUPERBLOCK_MAGIC),
                mended(
                        "superblock: wiped",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.fill(DeviceLayout.SUPERBLOCK, 4096, 0),
                        Problem.SUPERBLOCK_MAGIC),
                mended(
                        "superblock: seg_num too large, with a checksum",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.forgeSuperblock(SuperblockLayout.SEG_NUM, 34),
                        Problem.SUPERBLOCK_SEG_NUM),
                mended(
                        "superblock: cannot be read",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.fail(DeviceLayout.SUPERBLOCK, 512),
                        Problem.SUPERBLOCK_MAGIC),
                lasting(
                        "superblock: big-endian",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.forgeSuperblock(SuperblockLayout.FLAGS, SuperblockLayout.FLAG_BIG_ENDIAN),
                        Problem.SUPERBLOCK_BIG_ENDIAN),
                lasting(
                        "device: cut short",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.cutTo(520 << 20),
                        Problem.SUPERBLOCK_SEG_NUM),
                lasting(
                        "device: cut below a cache's smallest size",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.cutTo(500 << 20),
                        Problem.DEVICE_TOO_SMALL),
                lasting(
                        "device: zeros in all places of structures",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> {
                            image.fill(0, (int) DeviceLayout.SEGMENTS, 0);
                            for (int segment = 0; segment < 33; segment++) {
                                image.fill(DeviceLayout.segment(segment), DeviceLayout.SEGMENT_DATA + 8192, 0);
                            }
                        },
                        Problem.NO_CACHE),
                mended(
                        "device: first 20 KiB overwritten",
                        CRC,
                        Saved.ALL,
                        image -> image.fill(0, (int) DeviceLayout.SEGMENTS, 0x5A),
                        Problem.SUPERBLOCK_MAGIC,
                        Problem.CACHE_INFO_LOST,
                        Problem.KEY_TAIL_LOST,
                        Problem.DIRTY_TAIL_LOST),
                // ---- cache info
                mended(
                        "cache info: older copy",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.CACHE_INFO, 0, image.copy(RecordKind.CACHE_INFO, 0, false)),
                        Problem.COPY_DAMAGED),
                mended(
                        "cache info: copy in force",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.CACHE_INFO, 0, image.copy(RecordKind.CACHE_INFO, 0, true)),
                        Problem.COPY_DAMAGED),
                mended(
                        "cache info: a copy wiped",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.fill(RecordKind.CACHE_INFO.place(0, 0), 512, 0),
                        Problem.COPY_MISSING),
                mended(
                        "cache info: the only copy, data_crc true",
                        CRC,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.CACHE_INFO, 0, 1),
                        Problem.CACHE_INFO_LOST),
                mended(
                        "cache info: both copies wiped, data_crc false",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.fill(DeviceLayout.CACHE_INFO, 8192, 0),
                        Problem.CACHE_INFO_LOST),
                mended(
                        "cache info: INIT_DONE missing",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.forge(
                                RecordKind.CACHE_INFO,
                                0,
                                CacheInfoLayout.FLAGS,
                                image.field(RecordKind.CACHE_INFO, 0, CacheInfoLayout.FLAGS)
                                        & ~CacheInfoLayout.FLAG_INIT_DONE),
                        Problem.CACHE_INFO_INIT_DONE),
                lasting(
                        "cache info: INIT_DONE missing, and a segment info lost",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> {
                            image.forge(
                                    RecordKind.CACHE_INFO,
                                    0,
                                    CacheInfoLayout.FLAGS,
                                    image.field(RecordKind.CACHE_INFO, 0, CacheInfoLayout.FLAGS)
                                            & ~CacheInfoLayout.FLAG_INIT_DONE);
                            image.breakCopies(RecordKind.SEGMENT_INFO, 5);
                        },
                        Problem.CACHE_INFO_INIT_DONE),
                mended(
                        "cache info: gc_percent 127",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.forge(
                                RecordKind.CACHE_INFO,
                                0,
                                CacheInfoLayout.FLAGS,
                                CacheInfoLayout.withGcPercent(
                                        image.field(RecordKind.CACHE_INFO, 0, CacheInfoLayout.FLAGS), 127)),
                        Problem.CACHE_INFO_GC_PERCENT),
                lasting(
                        "cache info: mode writethrough",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.forge(
                                RecordKind.CACHE_INFO,
                                0,
                                CacheInfoLayout.FLAGS,
                                image.field(RecordKind.CACHE_INFO, 0, CacheInfoLayout.FLAGS) | 1 << 2),
                        Problem.CACHE_INFO_MODE),
                lasting(
                        "cache info: n_segs beyond the device",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.forge(RecordKind.CACHE_INFO, 0, CacheInfoLayout.N_SEGS, 1 << 20),
                        Problem.CACHE_INFO_N_SEGS),
                // ---- segments
                mended(
                        "segment info: older copy",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.SEGMENT_INFO, 5, 1),
                        Problem.COPY_DAMAGED),
                mended(
                        "segment info: copy in force, the other from before the chain was made",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.SEGMENT_INFO, 5, 0),
                        Problem.COPY_DAMAGED,
                        Problem.CHAIN_BROKEN),
                mended(
                        "segment info: both copies",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.breakCopies(RecordKind.SEGMENT_INFO, 5),
                        Problem.SEGMENT_INFO_LOST),
                mended(
                        "segment info: of three segments, the first and the last too",
                        WRAPPED,
                        Saved.ALL,
                        image -> {
                            image.breakCopies(RecordKind.SEGMENT_INFO, 0);
                            image.fill(DeviceLayout.segment(7), 8192, 0);
                            image.breakCopies(RecordKind.SEGMENT_INFO, 32);
                        },
                        Problem.SEGMENT_INFO_LOST),
                lasting(
                        "segment info: a circle, with checksums",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.forge(RecordKind.SEGMENT_INFO, 4, SegmentInfoLayout.NEXT_SEG, 2),
                        Problem.CHAIN_BROKEN),
                lasting(
                        "segment info: no cache data, with checksums",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.forge(RecordKind.SEGMENT_INFO, 4, SegmentInfoLayout.FLAGS, 5 << 1 | 1),
                        Problem.CHAIN_BROKEN),
                mended(
                        "generation: older copy",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.GENERATION, 5, image.copy(RecordKind.GENERATION, 5, false)),
                        Problem.COPY_DAMAGED),
                mended(
                        "generation: copy in force, of a segment with keys",
                        PAST_LAST,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.GENERATION, 2, image.copy(RecordKind.GENERATION, 2, true)),
                        Problem.COPY_DAMAGED,
                        Problem.GENERATION_BEHIND),
                mended(
                        "generation: both copies, of a segment with keys",
                        PAST_LAST,
                        Saved.ALL,
                        image -> image.breakCopies(RecordKind.GENERATION, 2),
                        Problem.GENERATION_LOST),
                mended(
                        "generation: both copies wiped, of a free segment",
                        OVERLAP,
                        Saved.ALL,
                        image -> image.fill(RecordKind.GENERATION.place(30), 32, 0),
                        Problem.GENERATION_LOST),
                // ---- tails
                mended(
                        "key tail: older copy",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.KEY_TAIL, 0, image.copy(RecordKind.KEY_TAIL, 0, false)),
                        Problem.COPY_DAMAGED),
                mended(
                        "key tail: copy in force",
                        PAST_LAST,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.KEY_TAIL, 0, image.copy(RecordKind.KEY_TAIL, 0, true)),
                        Problem.COPY_DAMAGED),
                mended(
                        "key tail: both copies",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopies(RecordKind.KEY_TAIL, 0),
                        Problem.KEY_TAIL_LOST),
                mended(
                        "key tail: out of range, with checksums",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.forge(RecordKind.KEY_TAIL, 0, PositionLayout.SEGMENT, -1),
                        Problem.KEY_TAIL_LOST),
                mended(
                        "dirty tail: copy in force",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopy(RecordKind.DIRTY_TAIL, 0, image.copy(RecordKind.DIRTY_TAIL, 0, true)),
                        Problem.COPY_DAMAGED),
                mended(
                        "dirty tail: both copies",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.breakCopies(RecordKind.DIRTY_TAIL, 0),
                        Problem.DIRTY_TAIL_LOST),
                lasting(
                        "dirty tail: in the middle of a key-set, with checksums",
                        WRAPPED,
                        Saved.REFUSED,
                        image -> image.forge(
                                RecordKind.DIRTY_TAIL,
                                0,
                                PositionLayout.OFFSET,
                                image.field(RecordKind.DIRTY_TAIL, 0, PositionLayout.OFFSET) + 8),
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                mended(
                        "both tails: the sector wiped",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.fill(DeviceLayout.CACHE_CONTROL, 512, 0),
                        Problem.KEY_TAIL_LOST,
                        Problem.DIRTY_TAIL_LOST),
                mended(
                        "both tails: the sector cannot be read",
                        PAST_LAST,
                        Saved.ALL,
                        image -> image.fail(DeviceLayout.CACHE_CONTROL, 512),
                        Problem.KEY_TAIL_LOST,
                        Problem.DIRTY_TAIL_LOST),
                mended(
                        "both tails: of a cache never written to",
                        "fresh",
                        Saved.ALL,
                        image -> image.fill(DeviceLayout.CACHE_CONTROL, 512, 0xFF),
                        Problem.KEY_TAIL_LOST,
                        Problem.DIRTY_TAIL_LOST),
                // ---- log
                lasting(
                        "key-set: dirty, in the middle",
                        CRC,
                        Saved.ALL_BUT_NAMED,
                        image -> image.flip(image.keySet(5) + KeySetLayout.key(3) + 1, 2),
                        Problem.LOG_CORRUPT),
                lasting(
                        "key-set: dirty, in the middle, its number of keys",
                        OVERLAP,
                        Saved.ALL_BUT_NAMED,
                        image -> image.flip(image.keySet(20) + KeySetLayout.KEY_NUM + 2, 2),
                        Problem.LOG_CORRUPT),
                lasting(
                        "key-set: dirty, in the middle, cannot be read",
                        CRC,
                        Saved.ALL_BUT_NAMED,
                        image -> image.fail(image.keySet(4) & -512, 512),
                        Problem.LOG_CORRUPT),
                mended(
                        "key-set: written back",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.flip(image.keySet(100) + KeySetLayout.MAGIC, 0),
                        Problem.LOG_CORRUPT,
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                mended(
                        "key-set: the last that was written back",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.flip(
                                image.keySet(image.number(image.view().dirtyTail()) - 1) + KeySetLayout.key(0), 0),
                        Problem.LOG_CORRUPT,
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                mended(
                        "key-set: LAST, its checksum",
                        WRAPPED,
                        Saved.ALL,
                        image -> image.flip(lastKeySet(image), 6),
                        Problem.LOG_CORRUPT,
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                mended(
                        "key-set: LAST, wiped but for a bit",
                        WRAPPED,
                        Saved.ALL,
                        image -> {
                            image.fill(lastKeySet(image), KeySetLayout.HEADER_BYTES, 0);
                            image.flip(lastKeySet(image), 0);
                        },
                        Problem.LOG_CORRUPT,
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                lasting(
                        "key-set: LAST leads back, with a checksum",
                        WRAPPED,
                        Saved.REFUSED,
                        image -> image.forgeKeySet(lastKeySet(image), KeySetLayout.NEXT_SEGMENT, 0),
                        Problem.LOG_LOOP,
                        Problem.DIRTY_TAIL_NOT_IN_LOG),
                mended(
                        "key-set: the newest",
                        CRC,
                        Saved.ALL_BUT_LAST_KEY_SET,
                        image -> image.flip(image.keySet(-1) + KeySetLayout.CRC, 0),
                        Problem.LOG_TORN_END),
                lasting(
                        "key-set: the two newest",
                        CRC,
                        Saved.ALL_BUT_NAMED,
                        image -> {
                            image.flip(image.keySet(-2) + KeySetLayout.key(1) + KeyLayout.DATA_CRC, 3);
                            image.flip(image.keySet(-1) + KeySetLayout.key(2) + KeyLayout.DATA_CRC, 3);
                        },
                        Problem.LOG_CORRUPT),
                mended(
                        "terminator: overwritten",
                        CRC,
                        Saved.ALL,
                        image -> image.fill(image.keySet(-1) + 24 + 40L * keys(image, image.keySet(-1)), 24, 0x77),
                        Problem.LOG_TORN_END),
                lasting(
                        "key: dirty, beyond the backing device, with a checksum",
                        OVERLAP,
                        Saved.REFUSED,
                        image -> image.forgeKeySet(image.keySet(7), KeySetLayout.key(2) + KeyLayout.OFFSET + 4, 0x7FFF),
                        Problem.KEY_INVALID),
                lasting(
                        "key: dirty, not in a segment, with a checksum",
                        OVERLAP,
                        Saved.ALL_BUT_NAMED,
                        image -> image.forgeKeySet(image.keySet(7), KeySetLayout.key(0) + KeyLayout.SEGMENT, 33),
                        Problem.KEY_INVALID),
                mended(
                        "key: written back, of length 0, with a checksum",
                        PAST_LAST,
                        Saved.ALL,
                        image -> image.forgeKeySet(image.keySet(50), KeySetLayout.key(9) + KeyLayout.LENGTH, 0),
                        Problem.KEY_INVALID),
                lasting(
                        "key: its data is in the log, with a checksum",
                        PAST_LAST,
                        Saved.ALL_BUT_NAMED,
                        image -> image.forgeKeySet(image.keySet(-2), KeySetLayout.key(1) + KeyLayout.SEGMENT, 1),
                        Problem.KEY_INVALID),
                // ---- data
                lasting(
                        "data: dirty, a bit",
                        CRC,
                        Saved.ALL_BUT_NAMED,
                        image -> image.flip(data(image, image.keySet(-1), 0) + 100, 4),
                        Problem.DATA_LOST),
                lasting(
                        "data: dirty, cannot be read",
                        CRC,
                        Saved.ALL_BUT_NAMED,
                        image -> image.fail(data(image, image.keySet(-1), 0), 512),
                        Problem.DATA_LOST));
    }

    private static long lastKeySet(DamagedImage image) {
        // From the manifest of this scenario.
        return image.view().dataOffset(0) + 16761328;
    }

    private static int keys(DamagedImage image, long keySet) {
        return image.getInt(keySet + KeySetLayout.KEY_NUM);
    }

    private static long data(DamagedImage image, long keySet, int key) {
        return image.view().dataOffset(image.getInt(keySet + KeySetLayout.key(key) + KeyLayout.SEGMENT))
                + image.getInt(keySet + KeySetLayout.key(key) + KeyLayout.SEGMENT_OFFSET);
    }

    /** A scenario, unpacked once. */
    private record Unpacked(KernelImage image, Path cache, byte[] backing, byte[] logical) {}

    @TempDir
    static Path directory;

    private static Unpacked current;

    private static Unpacked unpacked(String scenario) throws Exception {
        if (current == null || !current.image().scenario().equals(scenario)) {
            current = null;
            KernelImage image = KernelImages.named(scenario);
            KernelImage.Files files = image.unpack(Files.createDirectories(directory.resolve(scenario)));
            byte[] backing = Files.readAllBytes(files.backing());
            SimulatedBacking device = new SimulatedBacking(backing.clone(), 512, null);
            try (DamagedImage whole = new DamagedImage(files.cache())) {
                assertThat(writeBack(whole, device).isComplete()).isTrue();
            }
            assertThat(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(device.content())))
                    .isEqualTo(image.logicalSha256());
            current = new Unpacked(image, files.cache(), backing, device.content());
        }
        return current;
    }

    @AfterAll
    static void finish() throws Exception {
        current = null;
        DamageTable.close(damages().size());
    }

    private static CheckReport check(DamagedImage device, long backingBytes) {
        return new CacheCheck(device, Progress.NONE).backingBytes(backingBytes).run();
    }

    private static WriteBackReport writeBack(DamagedImage device, SimulatedBacking backing) throws OfflineException {
        CheckReport structures = new CacheCheck(device, Progress.NONE)
                .backingBytes(backing.sizeBytes())
                .withoutData()
                .run();
        return new OfflineWriteBack(structures, device, backing, Progress.NONE).run(backing.sizeBytes());
    }

    private static DamagedImage damaged(Damage damage) throws Exception {
        DamagedImage device = new DamagedImage(unpacked(damage.scenario()).cache());
        damage.breaker().damage(device);
        return device;
    }

    @ParameterizedTest
    @MethodSource("damages")
    void isFoundMendedAndSaved(Damage damage, @TempDir Path backups) throws Exception {
        Unpacked whole = unpacked(damage.scenario());
        DamageTable said = new DamageTable(damage.toString());
        try (DamagedImage device = damaged(damage)) {
            CheckReport report = check(device, whole.backing().length);
            said.report(report);
            said.dump(report, device);
            checkAndRepair(damage, report, device, whole, backups);
        }
        try (DamagedImage device = damaged(damage)) {
            save(damage, device, whole, said);
        }
        said.keep();
    }

    private static void checkAndRepair(
            Damage damage, CheckReport report, DamagedImage device, Unpacked whole, Path backups) throws Exception {
        assertThat(report.counts().keySet()).as("found: %s", report.findings()).isEqualTo(damage.found());
        assertThat(report.isMendable())
                .as("what is left: %s", report.findings())
                .isEqualTo(damage.left().isEmpty());
        if (report.mends().isEmpty()) {
            return;
        }
        Path backup = backups.resolve("first");
        assertThat(Repair.apply(report, device, "image", backup)).isPositive();
        assertThat(check(device, whole.backing().length).counts().keySet())
                .as("left")
                .isEqualTo(damage.left());
        if (!damage.name().contains("cannot be read")) {
            assertThat(Repair.undo(RepairBackup.read(backup), device)).isZero();
            assertThat(check(device, whole.backing().length).counts().keySet())
                    .as("found after undo")
                    .isEqualTo(damage.found());
            Repair.apply(check(device, whole.backing().length), device, "image", backups.resolve("second"));
        }
        if (damage.left().isEmpty() && damage.saved() == Saved.ALL) {
            activate(device, whole);
        }
    }

    /** Reads all that the keys in the log name. */
    private static void activate(DamagedImage device, Unpacked whole) throws Exception {
        CheckReport report = check(device, whole.backing().length);
        RangeSet ranges = new RangeSet();
        new LogScan(
                        device,
                        report.view(),
                        Long.MAX_VALUE,
                        (keySet, index, key, violation) -> ranges.add(key.offset, key.length))
                .run(report.view().keyTail());
        try (TestCache cache = new TestCache(
                device,
                new SimulatedBacking(whole.backing().clone(), 512, null),
                whole.image().dataCrc())) {
            ranges.forEach((start, end) -> {
                for (long at = start; at < end; at += 1 << 20) {
                    int length = (int) Math.min(1 << 20, end - at);
                    assertThat(Arrays.equals(
                                    cache.read(at, length), 0, length, whole.logical(), (int) at, (int) at + length))
                            .as("device bytes %d + %d", at, length)
                            .isTrue();
                }
            });
        }
    }

    private static void save(Damage damage, DamagedImage device, Unpacked whole, DamageTable said) throws Exception {
        SimulatedBacking backing = new SimulatedBacking(whole.backing().clone(), 512, null);
        if (damage.saved() == Saved.REFUSED) {
            said.refused(catchThrowableOfType(OfflineException.class, () -> writeBack(device, backing)));
            assertThat(backing.writes()).isZero();
            return;
        }
        CheckReport structures = new CacheCheck(device, Progress.NONE)
                .backingBytes(backing.sizeBytes())
                .withoutData()
                .run();
        WriteBackReport counted =
                new OfflineWriteBack(structures, device, null, Progress.NONE).run(backing.sizeBytes());
        assertThat(backing.writes()).isZero();
        WriteBackReport done = writeBack(device, backing);
        said.writeBack(done);
        assertThat(counted.keys()).isEqualTo(done.keys());
        assertThat(counted.bytes()).isEqualTo(done.bytes());
        boolean torn = damage.found().contains(Problem.LOG_TORN_END);
        assertThat(done.isComplete())
                .as("%s", done.skipped())
                .isEqualTo(damage.saved() != Saved.ALL_BUT_NAMED && !torn);
        RangeSet missing = done.lost();
        if (damage.saved() != Saved.ALL) {
            addKeysOfDamagedKeySets(device, whole, missing);
        }
        assertThat(missing.isEmpty()).isEqualTo(damage.saved() == Saved.ALL);
        for (int at = 0; at < whole.logical().length; at += 512) {
            if (!Arrays.equals(whole.logical(), at, at + 512, backing.content(), at, at + 512)) {
                assertThat(missing.intersects(at, 512))
                        .as("sector at %d differs and was not named; skipped %s", at, done.skipped())
                        .isTrue();
            }
        }
    }

    /** Adds what damaged key-sets named when they were whole: nobody can tell from their remains. */
    private static void addKeysOfDamagedKeySets(DamagedImage device, Unpacked whole, RangeSet ranges) throws Exception {
        try (DamagedImage before = new DamagedImage(whole.cache())) {
            for (long keySet : before.keySets()) {
                if (!Arrays.equals(bytes(before, keySet, before), bytes(device, keySet, before))) {
                    for (int i = 0; i < keysOf(before, keySet); i++) {
                        long key = keySet + KeySetLayout.key(i);
                        ranges.add(before.getLong(key + KeyLayout.OFFSET), before.getInt(key + KeyLayout.LENGTH));
                    }
                }
            }
        }
    }

    /** The number of keys; 0 for a LAST key-set. */
    private static int keysOf(DamagedImage image, long keySet) {
        return image.getLong(keySet + KeySetLayout.FLAGS) == KeySetLayout.FLAG_LAST ? 0 : keys(image, keySet);
    }

    private static byte[] bytes(DamagedImage device, long keySet, DamagedImage before) {
        ByteBuffer bytes = ByteBuffer.allocate(KeySetLayout.bytes(keysOf(before, keySet)));
        try {
            device.copyOut(keySet, bytes, 0, bytes.capacity());
        } catch (CacheMemoryException unreadable) {
            return null;
        }
        return bytes.array();
    }
}
