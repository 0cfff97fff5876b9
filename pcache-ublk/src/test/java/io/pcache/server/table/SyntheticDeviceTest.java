package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.memory.CacheMemory;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyntheticDeviceTest {
    @Test
    void errorDeviceFailsEverythingAndZeroDeviceReadsZeros() {
        byte[] seen = new byte[3 * 512];
        java.util.Arrays.fill(seen, (byte) 7);
        RequestData data = new RequestData() {
            @Override
            public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
                source.get(sourceIndex, seen, from, length);
            }
        };
        SyntheticDevice mixed = new SyntheticDevice(
                List.of(new SyntheticDevice.Range(4096, false), new SyntheticDevice.Range(8192, true)));
        RequestQueue queue = mixed.openQueue(null, () -> {});
        TestRequest zeros = TestRequest.read(4096 - 1536, 1536, data);
        TestRequest across = TestRequest.read(4096 - 512, 1024, data);
        TestRequest failing = TestRequest.write(4096, 512);
        TestRequest forgotten = TestRequest.write(0, 512);
        TestRequest outside = TestRequest.write(8192 - 512, 1024);
        for (TestRequest request : List.of(zeros, across, failing, forgotten, outside)) {
            queue.submit(request);
        }

        assertThat(zeros.result).isZero();
        assertThat(seen).containsOnly(0);
        assertThat(across.result).isEqualTo(-Errno.EIO);
        assertThat(failing.result).isEqualTo(-Errno.EIO);
        assertThat(forgotten.result).isZero();
        assertThat(outside.result).isEqualTo(-Errno.EINVAL);
    }
}
