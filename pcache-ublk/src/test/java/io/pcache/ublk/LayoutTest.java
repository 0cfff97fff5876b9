package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Offsets and numbers as a C program prints them with the headers of Linux 7.2. */
class LayoutTest {

    @Test
    void deviceInfoIsAsInC() {
        assertThat(UblkDeviceInfoLayout.STATE).isEqualTo(4);
        assertThat(UblkDeviceInfoLayout.MAX_IO_BYTES).isEqualTo(8);
        assertThat(UblkDeviceInfoLayout.DEVICE_ID).isEqualTo(12);
        assertThat(UblkDeviceInfoLayout.SERVER_PID).isEqualTo(16);
        assertThat(UblkDeviceInfoLayout.FLAGS).isEqualTo(24);
        assertThat(UblkDeviceInfoLayout.OWNER_GID).isEqualTo(44);
        assertThat(UblkDeviceInfoLayout.BYTES).isEqualTo(64);
    }

    @Test
    void paramsAreAsInC() {
        assertThat(UblkParamsLayout.LOGICAL_SHIFT).isEqualTo(12);
        assertThat(UblkParamsLayout.IO_OPT_SHIFT).isEqualTo(14);
        assertThat(UblkParamsLayout.IO_MIN_SHIFT).isEqualTo(15);
        assertThat(UblkParamsLayout.MAX_SECTORS).isEqualTo(16);
        assertThat(UblkParamsLayout.DEV_SECTORS).isEqualTo(24);
        assertThat(UblkParamsLayout.DISCARD_ALIGNMENT).isEqualTo(40);
        assertThat(UblkParamsLayout.DISCARD_GRANULARITY).isEqualTo(44);
        assertThat(UblkParamsLayout.MAX_WRITE_ZEROES_SECTORS).isEqualTo(52);
        assertThat(UblkParamsLayout.MAX_DISCARD_SEGMENTS).isEqualTo(56);
    }

    @Test
    void commandsAreAsInC() {
        assertThat(UblkControlCommandLayout.LENGTH).isEqualTo(6);
        assertThat(UblkControlCommandLayout.ADDRESS).isEqualTo(8);
        assertThat(UblkControlCommandLayout.DATA).isEqualTo(16);
        assertThat(UblkControlCommandLayout.PATH_LENGTH).isEqualTo(24);
        assertThat(UblkControlCommandLayout.BYTES).isEqualTo(32);
        assertThat(IoCommandLayout.RESULT).isEqualTo(4);
        assertThat(IoCommandLayout.ADDRESS).isEqualTo(8);
        assertThat(IoCommandLayout.BYTES).isEqualTo(16);
        assertThat(DescriptorLayout.START_SECTOR).isEqualTo(8);
        assertThat(DescriptorLayout.BYTES).isEqualTo(24);
        assertThat(Integer.toUnsignedLong(Ublk.U_IO_FETCH_REQ)).isEqualTo(3222304032L);
        assertThat(Integer.toUnsignedLong(UblkControlCommand.START_DEV.number)).isEqualTo(3223352582L);
        assertThat(Integer.toUnsignedLong(UblkControlCommand.GET_DEV_INFO2.number))
                .isEqualTo(2149610770L);
    }

    @Test
    void mappingsFollowThePageSize() {
        assertThat(DescriptorLayout.mappingBytes(128, 4096)).isEqualTo(4096);
        assertThat(DescriptorLayout.mappingBytes(171, 4096)).isEqualTo(8192);
        assertThat(DescriptorLayout.mappingOffset(1, 4096)).isEqualTo(98304);
        assertThat(DescriptorLayout.mappingOffset(2, 65536)).isEqualTo(2 * 131072);
        assertThat(Ublk.userCopyPosition(0, 0)).isEqualTo(0x80000000L);
        assertThat(Ublk.userCopyPosition(3, 5)).isEqualTo(0x80000000L + (3L << 41) + (5L << 25));
    }
}
