package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UblkOptionsTest {

    @Test
    void buffersOfTagsTakeAtMost64MiB() {
        UblkOptions most = UblkOptions.defaults().withQueues(4).withDepth(128).withBoundedBuffers();
        assertThat(most.bufferMode()).isTrue();
        assertThat(most.maxIoBytes()).isEqualTo(128 << 10);
        assertThat(most.withMaxIoBytes(4096).withBoundedBuffers().maxIoBytes()).isEqualTo(4096);
        UblkOptions more = UblkOptions.defaults().withQueues(4).withDepth(129);
        assertThat(more.withBoundedBuffers()).isEqualTo(more);
    }

    @Test
    void defaultsUseAtMostFourQueues() {
        UblkOptions options = UblkOptions.defaults();
        assertThat(options.queues()).isEqualTo(Math.min(4, Runtime.getRuntime().availableProcessors()));
        assertThat(options.depth()).isEqualTo(128);
        assertThat(options.id()).isEqualTo(UblkOptions.ANY_ID);
    }

    @Test
    void rejectsWhatTheKernelWould() {
        UblkOptions options = UblkOptions.defaults();
        assertThatThrownBy(() -> options.withQueues(0)).hasMessage("queues is 0, must be 1 to 4096");
        assertThatThrownBy(() -> options.withDepth(4097)).hasMessage("queue depth is 4097, must be 1 to 4096");
        assertThatThrownBy(() -> sized(5000)).hasMessageContaining("a multiple of 4096");
        assertThatThrownBy(() -> sized(64 << 20)).hasMessageContaining("up to 33554432");
        assertThatThrownBy(() -> options.withId(-2)).hasMessageContaining("device id");
        assertThatThrownBy(() -> options.takingOver(-1)).hasMessageContaining("to take a device over");
    }

    private static UblkOptions sized(int maxIoBytes) {
        return new UblkOptions(UblkOptions.ANY_ID, 1, 1, maxIoBytes, false, false);
    }
}
