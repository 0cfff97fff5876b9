package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a blank device becomes, and which devices are refused. */
class FormatTest {
    private static final long CACHE_BYTES = 544L << 20;
    private static final int SUPERBLOCK = 4096;

    @TempDir
    Path directory;

    private Path blank(int fill) throws IOException {
        Path file = directory.resolve("blank-" + fill);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (fill == 0) {
                channel.write(ByteBuffer.allocate(1), CACHE_BYTES - 1);
                return file;
            }
            byte[] bytes = new byte[1 << 20];
            Arrays.fill(bytes, (byte) fill);
            for (long at = 0; at < CACHE_BYTES; at += bytes.length) {
                channel.write(ByteBuffer.wrap(bytes), at);
            }
            channel.write(ByteBuffer.allocate(8), SUPERBLOCK + 8);
        }
        return file;
    }

    private static void formatAndClose(Path cache, boolean dataCrc) throws Exception {
        new TestCache(MappedMemory.open(cache.toString()), new SimulatedBacking(64 << 20), dataCrc).close();
    }

    @Test
    void leavesABlankDeviceAsItIsWhereACacheMustBe() throws Exception {
        Path cache = blank(0);
        try (CacheMemory memory = MappedMemory.open(cache.toString())) {
            assertThatThrownBy(() -> PCache.open(
                            memory,
                            new SimulatedBacking(64 << 20),
                            PCacheConfig.builder(64 << 20).existing(true).build()))
                    .isInstanceOf(PCacheException.class)
                    .hasMessageContaining("there is no cache on it");
            assertThat(memory.getLong(SUPERBLOCK + 8)).isZero();
        }
        formatAndClose(cache, false);
        PCache.open(
                        MappedMemory.open(cache.toString()),
                        new SimulatedBacking(64 << 20),
                        PCacheConfig.builder(64 << 20).existing(true).build())
                .close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fresh", "fresh-crc"})
    void writesWhatTheKernelTargetWrites(String scenario) throws Exception {
        KernelImage image = KernelImages.named(scenario);
        Path ours = blank(0);
        formatAndClose(ours, image.dataCrc());
        assertThat(Files.mismatch(ours, image.unpack(directory).cache())).isEqualTo(-1);
    }

    @Test
    void leavesWhatTheFormatDoesNotDefineAsItWas() throws Exception {
        KernelImage image = KernelImages.named("fresh-garbage");
        Path ours = blank(0xA5);
        assertThat(refusal(ours, image.dataCrc()).reasons().get(0))
                .contains("something unknown: byte 0 is not zero", "nothing was written", "wipe " + ours, "--force");
        MappedMemory memory = MappedMemory.open(ours.toString());
        PCache.open(
                        memory,
                        new SimulatedBacking(64 << 20),
                        PCacheConfig.builder(64 << 20)
                                .dataCrc(image.dataCrc())
                                .overwriteForeign(true)
                                .build())
                .close();
        Path theirs = image.unpack(directory).cache();
        // The kernel leaves the padding of the superblock, which the checksum covers, as it was; pcache writes zeros.
        try (RandomAccessFile file = new RandomAccessFile(theirs.toFile(), "rw");
                RandomAccessFile own = new RandomAccessFile(ours.toFile(), "r")) {
            byte[] superblock = new byte[24];
            own.seek(SUPERBLOCK);
            own.readFully(superblock);
            file.seek(SUPERBLOCK);
            file.write(superblock);
        }
        assertThat(Files.mismatch(ours, theirs)).isEqualTo(-1);
    }

    private static PCacheException refusal(Path cache, boolean dataCrc) throws Exception {
        try (MappedMemory memory = MappedMemory.open(cache.toString())) {
            return org.junit.jupiter.api.Assertions.assertThrows(
                    PCacheException.class,
                    () -> PCache.open(
                            memory,
                            new SimulatedBacking(64 << 20),
                            PCacheConfig.builder(64 << 20).dataCrc(dataCrc).build()));
        }
    }

    private static void poke(Path file, long offset, int... bytes) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(offset);
            for (int value : bytes) {
                access.write(value);
            }
        }
    }

    @Test
    void refusesADeviceThatIsTooSmall() throws Exception {
        Path small = directory.resolve("small");
        poke(small, (256 << 20) - 1, 0);
        PCacheException refusal = refusal(small, false);
        assertThat(refusal.errno()).isEqualTo(Errno.ENOSPC);
        assertThat(refusal.reasons())
                .containsExactly(
                        "cache device is too small: 268435456 bytes, required at least 536870912",
                        "Failed to start cache dev (-ENOSPC)");
    }

    @Test
    void refusesAForeignMagic() throws Exception {
        Path file = blank(0);
        poke(file, SUPERBLOCK + 8, 1, 2, 3, 4, 5, 6, 7, 8);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons()).hasSize(2).endsWith("Failed to start cache dev (-EINVAL)");
        assertThat(refusal.reasons().get(0))
                .startsWith("unexpected magic: 807060504030201")
                .contains("nothing was written", "'pcachectl wipe " + file + "'");
        assertThat(refusal.isDamage()).as("of a cache").isFalse();
    }

    @Test
    void refusesADamagedSuperblock() throws Exception {
        Path file = blank(0);
        formatAndClose(file, false);
        poke(file, SUPERBLOCK + 20, 1);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons().get(0)).startsWith("corrupted sb: ");
    }

    @Test
    void refusesAnotherDataCrcThanTheCacheHas() throws Exception {
        Path file = blank(0);
        formatAndClose(file, false);
        PCacheException refusal = refusal(file, true);
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .containsExactly(
                        "invalid option for data_crc: true, expected: false", "Failed to start pcache (-EINVAL)");
    }

    /**
     * Makes a table with its words in the wrong order: the cache is where the backing device should be, and the other
     * way round.
     */
    private static SimulatedBacking cacheAsBacking(Path cache) throws Exception {
        SimulatedBacking swapped = new SimulatedBacking(64 << 20);
        byte[] head = new byte[8192];
        try (RandomAccessFile access = new RandomAccessFile(cache.toFile(), "r")) {
            access.readFully(head);
        }
        System.arraycopy(head, 0, swapped.content(), 0, head.length);
        return swapped;
    }

    @Test
    void refusesToFormatInFrontOfACacheUnlessForced() throws Exception {
        Path cache = directory.resolve("cache");
        poke(cache, CACHE_BYTES - 1, 0);
        formatAndClose(cache, false);
        Path disk = blank(0);
        long before = SystemCalls.linux().status(disk.toString()).allocatedBytes();
        SimulatedBacking swapped = cacheAsBacking(cache);
        try (MappedMemory memory = MappedMemory.open(disk.toString())) {
            assertThatThrownBy(() -> PCache.open(
                            memory, swapped, PCacheConfig.builder(64 << 20).build()))
                    .isInstanceOfSatisfying(PCacheException.class, refusal -> {
                        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
                        assertThat(refusal.reasons()).hasSize(2);
                        assertThat(refusal.reasons().get(0))
                                .contains(
                                        "the backing device carries a pcache cache",
                                        "swapped",
                                        "nothing was written",
                                        "--force");
                    });
        }
        assertThat(SystemCalls.linux().status(disk.toString()).allocatedBytes())
                .as("what was written into a sparse file")
                .isEqualTo(before);

        try (MappedMemory memory = MappedMemory.open(disk.toString())) {
            PCache.open(
                    memory,
                    swapped,
                    PCacheConfig.builder(64 << 20).overwriteForeign(true).build());
        }
        // The disk is a cache now. The bytes on its backing device are those of a cache, and are as good as any others.
        try (MappedMemory memory = MappedMemory.open(disk.toString())) {
            assertThat(PCache.open(
                                    memory,
                                    swapped,
                                    PCacheConfig.builder(64 << 20).build())
                            .wasFormatted())
                    .isFalse();
        }
    }

    @Test
    void saysThatTheWordsMayBeSwappedBeforeItSpeaksOfAFileSystemOrAnUnknownMagic() throws Exception {
        Path cache = directory.resolve("cache");
        poke(cache, CACHE_BYTES - 1, 0);
        formatAndClose(cache, false);
        Path disk = blank(0);
        poke(disk, 1024 + 56, 0x53, 0xEF);
        for (int magic : new int[] {0, 7}) {
            poke(disk, SUPERBLOCK + 8, magic);
            try (MappedMemory memory = MappedMemory.open(disk.toString())) {
                assertThatThrownBy(() -> PCache.open(
                                memory,
                                cacheAsBacking(cache),
                                PCacheConfig.builder(64 << 20).build()))
                        .isInstanceOfSatisfying(
                                PCacheException.class,
                                refusal -> assertThat(refusal.reasons().get(0)).contains("swapped"));
            }
        }
    }

    @Test
    void refusesToFormatADeviceWithAFileSystemOnItUnlessForced() throws Exception {
        Path file = blank(0);
        poke(file, 1024 + 56, 0x53, 0xEF);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons().get(0)).contains("an ext2/3/4 file system").contains("--force");
        byte[] superblock = new byte[24];
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
            access.seek(SUPERBLOCK);
            access.readFully(superblock);
        }
        assertThat(superblock).containsOnly(0);
        PCache.open(
                        MappedMemory.open(file.toString()),
                        new SimulatedBacking(64 << 20),
                        PCacheConfig.builder(64 << 20).overwriteForeign(true).build())
                .close();
    }

    /** Signatures at fixed places, as mkfs and similar programs leave them; pcache's own list has none of these. */
    @ParameterizedTest
    @CsvSource({"0, bluestore block device, ceph_bluestore", "8192, OCFSV2, ocfs", "0, dmvdo001, vdo"})
    void refusesToFormatADeviceWithWhatOnlyLibblkidKnows(long offset, String signature, String name) throws Exception {
        Path file = blank(0);
        poke(file, offset, signature.chars().toArray());
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons().get(0))
                .contains("carries " + name)
                .contains("nothing was written", "'pcachectl wipe " + file + "'", "--force");
        open(file, true).close();
        open(file, false).close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4095, 4120, 100_000, (1 << 20) - 1})
    void refusesToFormatADeviceThatIsNotBlankThoughNothingKnownIsOnItUnlessForced(long at) throws Exception {
        Path file = blank(0);
        poke(file, at, 0x77);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons().get(0))
                .contains(
                        "something unknown: byte " + at + " is not zero",
                        "nothing was written",
                        "wipe " + file,
                        "--force");
        open(file, true).close();
    }

    @Test
    void refusesToFormatACacheOfWhichOnlyTheSuperblockWasZeroed() throws Exception {
        Path file = blank(0);
        open(file, false).close();
        poke(file, SUPERBLOCK, new int[24]);
        assertThat(refusal(file, false).reasons().get(0))
                .contains("what is left of a pcache cache", "repair", "nothing was written");
    }

    /** The bytes that pvcreate, mkfs.xfs and cryptsetup leave where a superblock has its magic. */
    @ParameterizedTest
    @CsvSource({
        "512, LABELONE, an LVM physical volume",
        "0, XFSB, an xfs file system",
        "0, LUKS, a LUKS volume",
        "512, EFI PART, a GPT partition table"
    })
    void formatsADeviceWithAForeignSignatureOverTheSuperblocksPlaceOnlyIfForced(
            long offset, String signature, String name) throws Exception {
        Path file = blank(0);
        poke(file, offset, signature.chars().toArray());
        poke(file, SUPERBLOCK, 9, 9, 9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons().get(0))
                .contains("carries " + name)
                .contains("nothing was written")
                .contains("--force");
        open(file, true).close();
        try (PCache cache = open(file, false)) {
            assertThat(cache.wasFormatted()).isFalse();
        }
    }

    /** A device that had only its beginning wiped. */
    @ParameterizedTest
    @CsvSource({"512, GPT", "4096, GPT", "65536, md", "8192, md", "393216, ZFS", "131072, ZFS", "130048, ZFS"})
    void refusesToFormatADeviceThatCarriesSomethingAtItsEndUnlessForced(long fromEnd, String name) throws Exception {
        Path file = blank(0);
        int[] signature = switch (name) {
            case "GPT" -> "EFI PART".chars().toArray();
            case "md" -> new int[] {0xFC, 0x4E, 0x2B, 0xA9};
            default -> new int[] {0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0};
        };
        poke(file, Files.size(file) - fromEnd, signature);
        PCacheException refusal = refusal(file, false);
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons().get(0))
                .contains(name)
                .contains("nothing was written")
                .contains("--force");
        open(file, true).close();
        open(file, false).close();
    }

    @ParameterizedTest
    @ValueSource(longs = {128 << 10, 384 << 10, (384 << 10) + 8192})
    void refusesToFormatADeviceWithAZfsLabelAtItsBeginningUnlessForced(long offset) throws Exception {
        Path file = blank(0);
        // The same label in the other byte order.
        poke(file, offset, 0, 0, 0, 0, 0, 0xBA, 0xB1, 0x0C);
        assertThat(refusal(file, false).reasons().get(0)).contains("a ZFS label");
        open(file, true).close();
    }

    @Test
    void neverFormatsWhatIsNotRecognised() throws Exception {
        Path file = blank(0);
        poke(file, SUPERBLOCK + 8, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThatThrownBy(() -> open(file, true))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("unexpected magic: 807060504030201: something unknown");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8192, 12288, 16384, 16400})
    void neverFormatsACacheWhoseSuperblockIsDamagedThoughAnOldSignatureIsInFrontOfIt(int alsoDamaged) throws Exception {
        Path file = blank(0);
        poke(file, 510, 0x55, 0xAA);
        open(file, true).close();
        poke(file, SUPERBLOCK + 8, 1, 2, 3, 4, 5, 6, 7, 8);
        if (alsoDamaged > 0) {
            poke(file, alsoDamaged, 1, 2, 3, 4);
        }
        assertThatThrownBy(() -> open(file, true))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("unexpected magic: 807060504030201")
                .hasMessageContaining("of a pcache cache")
                .hasMessageContaining("nothing was written");
        poke(file, SUPERBLOCK + 8, 0xEF, 0x96, 0xC5, 0x96, 0xFA, 0x5E, 0xB0, 0x65);
        if (alsoDamaged == 0) {
            open(file, false).close();
        }
    }

    private static PCache open(Path file, boolean force) throws Exception {
        MappedMemory memory = MappedMemory.open(file.toString());
        try {
            return PCache.open(
                    memory,
                    new SimulatedBacking(64 << 20),
                    PCacheConfig.builder(64 << 20).overwriteForeign(force).build());
        } catch (PCacheException e) {
            memory.close();
            throw e;
        }
    }

    private static long allocated(Path file) throws Exception {
        return SystemCalls.linux().status(file.toString()).allocatedBytes();
    }

    @Test
    void fillsTheHolesOfACacheFileButNotOfOneThatIsRefused() throws Exception {
        Path file = blank(0);
        poke(file, 1024 + 56, 0x53, 0xEF);
        refusal(file, false);
        assertThat(allocated(file)).as("refused").isLessThan(1 << 20);
        open(file, true).close();
        assertThat(allocated(file)).as("formatted").isGreaterThanOrEqualTo(Files.size(file));
    }

    @Test
    void fillsTheHolesOfAnExistingCacheFile() throws Exception {
        Path file = blank(0);
        open(file, false).close();
        Path copy = file.resolveSibling("copy");
        // As a backup tool leaves a file, if the tool does not write zeros.
        assertThat(new ProcessBuilder("cp", "--sparse=always", file.toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(allocated(copy)).as("before").isLessThan(Files.size(copy) / 2);
        open(copy, false).close();
        assertThat(allocated(copy)).isGreaterThanOrEqualTo(Files.size(copy));
    }

    @Test
    void refusesATableLongerThanTheBackingDevice() throws Exception {
        Path file = blank(0);
        try (MappedMemory memory = MappedMemory.open(file.toString())) {
            assertThatThrownBy(() -> PCache.open(
                            memory,
                            new SimulatedBacking(1 << 20),
                            PCacheConfig.builder(2 << 20).build()))
                    .isInstanceOf(PCacheException.class)
                    .hasMessage("table length 4096 exceeds backing device size 2048 (-EINVAL)");
        }
    }

    @Test
    void keepsGcPercentAcrossActivations() throws Exception {
        Path file = blank(0);
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        try (TestCache cache = new TestCache(MappedMemory.open(file.toString()), backing, true)) {
            cache.cache().setGcPercent(42);
            assertThatThrownBy(() -> cache.cache().setGcPercent(91)).isInstanceOf(IllegalArgumentException.class);
        }
        try (TestCache cache = new TestCache(MappedMemory.open(file.toString()), backing, true)) {
            assertThat(cache.cache().statusLine()).isEqualTo("0 33 33 1 42 a83 0:0 0:0 0:0");
        }
    }
}
