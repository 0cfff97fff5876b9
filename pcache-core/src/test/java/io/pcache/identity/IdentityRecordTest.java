package io.pcache.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.identity.IdentityRecord.State;
import io.pcache.media.IdentityLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityRecordTest {
    private static final UUID CACHE = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
    private static final DeviceIdentity DISK = new DeviceIdentity(
            2048, List.of("wwid:naa.5000c500a1b2c3d4", "by-id:ata-DISK_1"), List.of("ext4:1b4e28ba"), "/dev/sdb");
    private static final DeviceIdentity OTHER =
            new DeviceIdentity(4096, List.of("wwid:naa.5000c500ffffffff"), List.of(), "/dev/sdc");

    private final SimulatedMemory memory = new SimulatedMemory(Kind.PAGE_CACHE, 1 << 20);

    private IdentityRecord load() {
        return IdentityRecord.load(memory);
    }

    private byte[] bytes(long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        memory.copyOut(offset, bytes, 0, length);
        return bytes.array();
    }

    @Test
    void keepsWhatWasStored() {
        assertThat(load().state()).isEqualTo(State.NONE);
        load().store(CACHE, DISK, 1234, false);
        IdentityRecord record = load();
        assertThat(record.isValid()).isTrue();
        assertThat(record.uuid()).isEqualTo(CACHE);
        assertThat(record.backing()).isEqualTo(DISK);
        assertThat(record.inUseSince()).isEqualTo(1234);
        record.storeUse(0, false);
        assertThat(load().inUseSince()).isZero();
        assertThat(load().backing()).isEqualTo(DISK);
    }

    /** Fixed: a later version must find what an earlier version has written. */
    @Test
    void liesWhereItsLayoutSays() {
        load().store(CACHE, OTHER, 0x0102, false);
        byte[] copy = bytes(2048, 64);
        assertThat(ByteBuffer.wrap(copy).getLong(24)).isEqualTo(CACHE.getMostSignificantBits());
        assertThat(new String(copy, 8, 8, StandardCharsets.US_ASCII)).isEqualTo("pcacheID");
        assertThat(copy[16]).isEqualTo((byte) 1);
        assertThat(copy[20]).isEqualTo((byte) 1);
        assertThat(copy[41]).as("4096 sectors").isEqualTo((byte) 0x10);
        assertThat(copy[48]).isEqualTo((byte) 2);
        assertThat(copy[49]).isEqualTo((byte) 1);
        assertThat(new String(bytes(2048 + 64, 24), StandardCharsets.US_ASCII)).isEqualTo("id wwid:naa.5000c500ffff");
        assertThat(bytes(0, 2048)).as("what is in front").containsOnly(0);
        assertThat(bytes(4080, 32))
                .as("a swap area's magic, and the superblock")
                .containsOnly(0);
    }

    /** If a power cut ends a write, at whatever moment, the old record or the new record is there. */
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"DAX", "PAGE_CACHE"})
    void aTornWriteLeavesARecord(Kind kind) {
        SimulatedMemory device = new SimulatedMemory(kind, 1 << 20);
        IdentityRecord.load(device).store(CACHE, DISK, 1, false);
        IdentityRecord.load(device).store(CACHE, OTHER, 2, false);
        assertThat(IdentityRecord.load(device).backing()).isEqualTo(OTHER);
        for (long copy = IdentityLayout.copy(0); copy < 4096; copy += IdentityLayout.COPY_BYTES) {
            for (int torn = 8; torn < 128; torn += 8) {
                ByteBuffer kept = ByteBuffer.allocate(IdentityLayout.COPY_BYTES);
                device.copyOut(copy, kept, 0, IdentityLayout.COPY_BYTES);
                device.putLong(copy + torn, ~device.getLong(copy + torn));
                IdentityRecord found = IdentityRecord.load(device);
                assertThat(found.isValid()).isTrue();
                assertThat(found.backing()).isIn(DISK, OTHER);
                device.copyIn(copy, kept, 0, IdentityLayout.COPY_BYTES);
            }
        }
    }

    @Test
    void whatATornFirstWriteLeavesIsNoRecordAndIsWrittenOver() {
        load().store(CACHE, DISK, 1, false);
        memory.putInt(2048, ~memory.getInt(2048));
        assertThat(load().state()).isEqualTo(State.NONE);
        assertThat(load().isWritable()).isTrue();
        load().store(CACHE, OTHER, 2, false);
        assertThat(load().backing()).isEqualTo(OTHER);
    }

    @ParameterizedTest
    @ValueSource(ints = {2048, 3071, 3072, 4095})
    void takesBytesOfSomethingElseForForeign(int at) {
        byte[] foreign = {0x55};
        memory.copyIn(at, ByteBuffer.wrap(foreign), 0, 1);
        assertThat(load().state()).isEqualTo(State.FOREIGN);
        assertThat(load().isWritable()).isFalse();
        load().store(CACHE, DISK, 1, false);
        assertThat(load().backing()).isEqualTo(DISK);
    }

    @Test
    void doesNotBelieveARecordOfANewerVersion() {
        load().store(CACHE, DISK, 1, false);
        ByteBuffer copy =
                ByteBuffer.wrap(bytes(2048, IdentityLayout.COPY_BYTES)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        copy.put(IdentityLayout.VERSION, (byte) 2);
        int length = copy.getInt(IdentityLayout.LENGTH);
        copy.putInt(
                IdentityLayout.CRC,
                new io.pcache.media.Checksum()
                        .of(copy, IdentityLayout.CHECKSUMMED, length - IdentityLayout.CHECKSUMMED));
        memory.copyIn(2048, copy, 0, IdentityLayout.COPY_BYTES);
        assertThat(load().state()).isEqualTo(State.NEWER);
        assertThat(load().isWritable()).isFalse();
    }

    @Test
    void keepsWhatFitsAndNothingThatATerminalWouldObey() {
        DeviceIdentity long1 = new DeviceIdentity(
                1,
                List.of("wwid:\u001b[31mred\nsignature x"),
                Collections.nCopies(40, "ext4:" + "f".repeat(60)),
                "/dev/" + "x".repeat(300));
        load().store(CACHE, long1, 0, false);
        DeviceIdentity found = load().backing();
        assertThat(found.ids()).containsExactly("wwid:?[31mred?signature x");
        assertThat(found.path()).isEqualTo(long1.path());
        assertThat(found.signatures()).isNotEmpty().hasSizeLessThan(40);
        assertThat(bytes(4080, 16)).containsOnly(0);
    }

    @Test
    void tellsDevicesApartOnlyByIdsOfOneKind() {
        assertThat(DISK.compare(DISK)).isEqualTo(DeviceIdentity.Verdict.SAME);
        assertThat(DISK.compare(OTHER)).isEqualTo(DeviceIdentity.Verdict.DIFFERENT);
        assertThat(DISK.compare(new DeviceIdentity(2048, List.of("by-id:ata-DISK_1", "wwid:new"), List.of(), "")))
                .as("one id is enough")
                .isEqualTo(DeviceIdentity.Verdict.SAME);
        assertThat(DISK.compare(new DeviceIdentity(2048, List.of("serial:1"), List.of(), "")))
                .isEqualTo(DeviceIdentity.Verdict.UNKNOWN);
        assertThat(DISK.compare(new DeviceIdentity(2048, List.of(), List.of(), "")))
                .isEqualTo(DeviceIdentity.Verdict.UNKNOWN);
        DeviceIdentity partition = new DeviceIdentity(8, List.of("partuuid:1", "wwid:a-part1"), List.of(), "");
        assertThat(partition.compare(new DeviceIdentity(8, List.of("partuuid:1", "wwid:b-part1"), List.of(), "")))
                .as("a clone")
                .isEqualTo(DeviceIdentity.Verdict.DIFFERENT);
        assertThat(partition.compare(new DeviceIdentity(8, List.of("partuuid:1"), List.of(), "")))
                .isEqualTo(DeviceIdentity.Verdict.SAME);
    }
}
