package io.pcache.ring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Offsets as a C program prints them with the headers of Linux 7.2. */
class LayoutTest {

    @Test
    void paramsAreAsInC() {
        assertThat(RingParamsLayout.FEATURES).isEqualTo(20);
        assertThat(RingParamsLayout.SQ_OFF_HEAD).isEqualTo(40);
        assertThat(RingParamsLayout.SQ_OFF_TAIL).isEqualTo(44);
        assertThat(RingParamsLayout.SQ_OFF_RING_MASK).isEqualTo(48);
        assertThat(RingParamsLayout.SQ_OFF_FLAGS).isEqualTo(56);
        assertThat(RingParamsLayout.SQ_OFF_ARRAY).isEqualTo(64);
        assertThat(RingParamsLayout.CQ_OFF_HEAD).isEqualTo(80);
        assertThat(RingParamsLayout.CQ_OFF_TAIL).isEqualTo(84);
        assertThat(RingParamsLayout.CQ_OFF_RING_MASK).isEqualTo(88);
        assertThat(RingParamsLayout.CQ_OFF_OVERFLOW).isEqualTo(96);
        assertThat(RingParamsLayout.CQ_OFF_CQES).isEqualTo(100);
        assertThat(RingParamsLayout.BYTES).isEqualTo(120);
    }

    @Test
    void entriesAreAsInC() {
        assertThat(SqeLayout.FD).isEqualTo(4);
        assertThat(SqeLayout.OFFSET).isEqualTo(8);
        assertThat(SqeLayout.ADDRESS).isEqualTo(16);
        assertThat(SqeLayout.LENGTH).isEqualTo(24);
        assertThat(SqeLayout.OP_FLAGS).isEqualTo(28);
        assertThat(SqeLayout.USER_DATA).isEqualTo(32);
        assertThat(SqeLayout.BUFFER_INDEX).isEqualTo(40);
        assertThat(SqeLayout.FILE_INDEX).isEqualTo(44);
        assertThat(SqeLayout.COMMAND).isEqualTo(48);
        assertThat(SqeLayout.BYTES).isEqualTo(64);
        assertThat(CqeLayout.RESULT).isEqualTo(8);
        assertThat(CqeLayout.BYTES).isEqualTo(16);
    }

    @Test
    void argumentsAreAsInC() {
        assertThat(ResourceLayout.REGISTER_DATA).isEqualTo(16);
        assertThat(ResourceLayout.REGISTER_BYTES).isEqualTo(32);
        assertThat(ResourceLayout.UPDATE_DATA).isEqualTo(8);
        assertThat(ResourceLayout.UPDATE2_COUNT).isEqualTo(24);
        assertThat(ResourceLayout.UPDATE2_BYTES).isEqualTo(32);
        assertThat(WaitLayout.TIMESPEC_ADDRESS).isEqualTo(16);
        assertThat(WaitLayout.ARGUMENT_BYTES).isEqualTo(24);
        assertThat(WaitLayout.TIMESPEC_BYTES).isEqualTo(16);
    }
}
