package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Verify;
import io.pcache.identity.BackingProbe;
import io.pcache.identity.DeviceIdentity;
import io.pcache.identity.IdentityRecord;
import io.pcache.identity.KnownBacking;
import io.pcache.media.KernelImages;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A cache is activated only in front of the backing device that it belongs to, and only if that device holds the
 * cache's clean data.
 */
class OwnBackingTest {
    private static final int BACKING_BYTES = 64 << 20;
    private static final int BLOCK = 4096;

    private final List<String> notices = new ArrayList<>();
    private CacheMemory memory = new SimulatedMemory(Kind.PAGE_CACHE, 544L << 20);
    private final SimulatedBacking backing = new SimulatedBacking(BACKING_BYTES);

    private static final KnownBacking OWN =
            new KnownBacking(BACKING_BYTES / 512, List.of("wwid:own"), "ext4:1", "/dev/own");
    private static final KnownBacking OTHER =
            new KnownBacking(BACKING_BYTES / 512, List.of("wwid:other"), "ext4:1", "/dev/other");

    private PCacheConfig.Builder config(BackingProbe probe) {
        return PCacheConfig.builder(BACKING_BYTES).backingProbe(probe).events((kind, text) -> notices.add(text));
    }

    private TestCache open(PCacheConfig.Builder config) throws PCacheException {
        // As after a restart of the machine.
        if (memory instanceof SimulatedMemory simulated) {
            memory = simulated.afterKill();
        }
        return new TestCache(memory, backing, config.build(), 1);
    }

    private String refusal(PCacheConfig.Builder config) {
        PCacheException refusal =
                org.junit.jupiter.api.Assertions.assertThrows(PCacheException.class, () -> open(config));
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.isDamage()).isFalse();
        assertThat(refusal.reasons()).hasSize(2).endsWith("Failed to start pcache (-EINVAL)");
        return refusal.reasons().get(0);
    }

    private IdentityRecord record() {
        return IdentityRecord.load(memory);
    }

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    // ---- identity

    @Test
    void refusesAnotherBackingDeviceWithBothNamesUnlessForced() throws Exception {
        try (TestCache cache = open(config(OWN))) {
            cache.writeFua(0, block(1));
            assertThat(record().inUseSince()).isPositive();
        }
        UUID uuid = record().uuid();
        assertThat(record().inUseSince()).as("after an orderly end").isZero();
        long writes = backing.writes();
        assertThat(refusal(config(OTHER)))
                .contains("/dev/own", "wwid:own", "/dev/other", "wwid:other", "nothing was written", "--force");
        assertThat(backing.writes()).isEqualTo(writes);
        assertThat(record().backing()).isEqualTo(OWN.identity());
        open(config(OWN)).close();
        assertThat(notices).noneMatch(text -> text.contains("another backing device"));

        open(config(OTHER).overwriteForeign(true)).close();
        assertThat(notices).anyMatch(text -> text.contains("/dev/own") && text.contains("is bound to /dev/other"));
        assertThat(record().backing()).isEqualTo(OTHER.identity());
        assertThat(record().uuid()).as("of the cache").isEqualTo(uuid);
        assertThat(refusal(config(OWN))).contains("/dev/other");
    }

    @Test
    void aCacheWithoutARecordGetsOneAtItsFirstActivation(@TempDir Path directory) throws Exception {
        for (String image : List.of("fresh", "dirty-crc")) {
            memory = MappedMemory.open(KernelImages.named(image)
                    .unpack(directory.resolve(image).toFile().mkdir() ? directory.resolve(image) : directory)
                    .cache()
                    .toString());
            assertThat(record().state()).isEqualTo(IdentityRecord.State.NONE);
            long bytes = KernelImages.named(image).deviceBytes();
            SimulatedBacking large = new SimulatedBacking(bytes);
            PCacheConfig config = PCacheConfig.builder(bytes)
                    .dataCrc(KernelImages.named(image).dataCrc())
                    .backingProbe(OWN)
                    .build();
            PCache cache = PCache.open(memory, large, config);
            assertThat(record().backing()).isEqualTo(OWN.identity());
            cache.close();
        }
    }

    @Test
    void keepsBytesOfSomethingElseAndSaysThatThereIsNoRecord() throws Exception {
        open(config(null)).close();
        memory.copyIn(3000, ByteBuffer.wrap(new byte[] {0x55}), 0, 1);
        open(config(OWN)).close();
        assertThat(notices)
                .anyMatch(text ->
                        text.contains("no record of the backing device") && text.contains("bytes 2048 to 4095"));
        assertThat(memory.getByte(3000)).isEqualTo((byte) 0x55);
        assertThat(record().isValid()).isFalse();
        open(config(OWN).overwriteForeign(true)).close();
        assertThat(record().backing()).isEqualTo(OWN.identity());
    }

    @Test
    void remembersSinceWhenItIsInUseOverACrash() throws Exception {
        open(config(OWN)).writeFua(0, block(1));
        record().storeUse(77, false);
        open(config(OWN)).close();
        assertThat(record().inUseSince()).isZero();
        record().storeUse(77, false);
        open(config(OWN));
        assertThat(record().inUseSince()).isEqualTo(77);
    }

    /**
     * Where there are ids, the ids decide. Without ids, the content of the device decides, as long as the content
     * cannot have come through the cache.
     */
    @Test
    void tellsDevicesWithoutIdsByWhatIsOnThem() throws Exception {
        KnownBacking own = new KnownBacking(BACKING_BYTES / 512, List.of(), "ext4:1", "/dev/vda");
        KnownBacking other = new KnownBacking(BACKING_BYTES / 512, List.of(), "xfs:2", "/dev/vdb");
        KnownBacking blank = new KnownBacking(BACKING_BYTES / 512, List.of(), "", "/dev/vdb");
        try (TestCache cache = open(config(own))) {
            cache.writeFua(8 << 20, block(1));
        }
        assertThat(refusal(config(other))).contains("/dev/vda", "ext4:1", "/dev/vdb", "xfs:2");
        open(config(blank)).close();
        open(config(own)).close();
        try (TestCache cache = open(config(own))) {
            // A write through the cache, as mkfs makes it: the device then has another file system, and is still the
            // same device.
            cache.writeFua(0, block(2));
        }
        open(config(other)).close();
    }

    @Test
    void refusesASmallerDeviceThatCannotBeToldToBeTheOne() throws Exception {
        open(config(new KnownBacking(BACKING_BYTES / 512 + 8, List.of(), "", "/dev/vda")))
                .close();
        assertThat(refusal(config(new KnownBacking(BACKING_BYTES / 512, List.of(), "", "/dev/vda"))))
                .contains(BACKING_BYTES / 512 + 8 + " sectors", BACKING_BYTES / 512 + " sectors");
        // A device that is known to be the right one was made smaller on purpose, and nothing of the cache is lost.
        open(config(OWN).overwriteForeign(true)).close();
        record().store(
                        record().uuid(),
                        new DeviceIdentity(
                                BACKING_BYTES / 512 + 8, OWN.identity().ids(), List.of(), "/dev/own"),
                        0,
                        false);
        open(config(OWN)).close();
    }

    @Test
    void saysThatABackingDeviceHasShrunk() throws Exception {
        try (TestCache cache = open(config(OWN))) {
            cache.writeFua(BACKING_BYTES - BLOCK, block(1));
        }
        SimulatedBacking shrunk = new SimulatedBacking(BACKING_BYTES / 2);
        memory = ((SimulatedMemory) memory).afterKill();
        PCacheException refusal = org.junit.jupiter.api.Assertions.assertThrows(
                PCacheException.class,
                () -> PCache.open(
                        memory,
                        shrunk,
                        PCacheConfig.builder(BACKING_BYTES / 2)
                                .backingProbe(
                                        new KnownBacking(BACKING_BYTES / 1024, List.of("wwid:own"), "", "/dev/own"))
                                .build()));
        assertThat(refusal.isDamage()).isFalse();
        assertThat(refusal.reasons().get(0))
                .contains(
                        "up to its byte " + BACKING_BYTES,
                        BACKING_BYTES / 2 + " bytes",
                        "it has shrunk",
                        BACKING_BYTES / 512 + " sectors",
                        "nothing was written");
    }

    // ---- the cache device's size

    @Test
    void saysThatACacheDeviceWasCutShort() throws Exception {
        memory = new SimulatedMemory(Kind.PAGE_CACHE, 600L << 20);
        open(config(null)).close();
        SimulatedMemory shorter = new SimulatedMemory(Kind.PAGE_CACHE, 544L << 20);
        ByteBuffer head = ByteBuffer.allocate(1 << 20);
        memory.copyOut(0, head, 0, head.capacity());
        shorter.preload(0, head);
        PCacheException cut = org.junit.jupiter.api.Assertions.assertThrows(
                PCacheException.class,
                () -> PCache.open(shorter, backing, config(null).build()));
        assertThat(cut.isDamage()).isFalse();
        assertThat(cut.reasons().get(0))
                .contains(
                        "is shorter than the cache on it",
                        (544L << 20) + " bytes",
                        "37 segments",
                        "cut short",
                        "nothing was written");
    }

    // ---- content

    private void fill() throws PCacheException {
        try (TestCache cache = open(config(OWN))) {
            for (int i = 0; i < 64; i++) {
                cache.writeFua((long) i << 20, block(i + 1));
            }
            cache.settle();
        }
        assertThat(backing.content()[5 << 20]).as("written back").isEqualTo((byte) 6);
    }

    @ParameterizedTest
    @EnumSource(
            value = Verify.class,
            names = {"SAMPLE", "ALL"})
    void refusesABackingDeviceWhoseBeginningWasWrittenWithoutItsCache(Verify verify) throws Exception {
        fill();
        open(config(OWN).verify(verify)).close();
        backing.content()[1080] ^= 1;
        assertThat(refusal(config(OWN).verify(verify)))
                .contains(
                        "differs at its byte 1080",
                        "written without its cache",
                        "nothing was written",
                        "pcachectl wipe",
                        "--verify none");
        open(config(OWN).verify(Verify.NONE)).close();
        backing.content()[1080] ^= 1;
        open(config(OWN).verify(verify)).close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4095, (63 << 20) + 77})
    void comparesAllOnDemand(int at) throws Exception {
        fill();
        backing.content()[at] ^= 1;
        assertThat(refusal(config(OWN).verify(Verify.ALL))).contains("differs at its byte " + at);
    }

    @Test
    void finishesQuicklyWithAnotherDeviceOfTheSameSize() throws Exception {
        fill();
        Arrays.fill(backing.content(), (byte) 0x3C);
        assertThat(refusal(config(OWN).verify(Verify.SAMPLE))).contains("differs at its byte 0");
    }

    @Test
    void comparesNothingThatIsDirtyOrNotCached() throws Exception {
        fill();
        try (TestCache cache = open(config(OWN))) {
            backing.failWrites(Errno.EIO);
            cache.writeFua(0, block(99));
        }
        backing.failWrites(0);
        // The newest data of the block is in the cache alone; a crash during write-back may leave anything on the
        // backing device.
        backing.content()[100] ^= 1;
        backing.content()[(1 << 20) + BLOCK] ^= 1;
        open(config(OWN).verify(Verify.ALL)).close();
    }

    @Test
    void aBackingDeviceThatFailsReadsIsNoDifference() throws Exception {
        fill();
        backing.failReads(Errno.EIO);
        open(config(OWN).verify(Verify.ALL)).close();
    }
}
