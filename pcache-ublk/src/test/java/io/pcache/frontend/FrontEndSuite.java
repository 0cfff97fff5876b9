package io.pcache.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingQueue;
import io.pcache.frontend.FrontEndClient.Features;
import io.pcache.frontend.ObservedDevice.Completion;
import io.pcache.request.BlockDevice;
import io.pcache.request.ForwardingDevice;
import io.pcache.request.Request.Op;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every front end does, however its clients talk to it. A front end's own test class extends this one. */
@Timeout(300)
public abstract class FrontEndSuite {
    private static final int MIB = 1 << 20;

    private final List<AutoCloseable> open = new ArrayList<>();

    /**
     * A front end that is not started.
     *
     * @param onLastClose what the front end calls when the last client has gone
     */
    protected abstract FrontEnd make(Runnable onLastClose) throws IOException;

    protected abstract FrontEndClient connect(FrontEnd frontEnd) throws IOException;

    /** Something that has the device open until it is closed. */
    protected abstract AutoCloseable hold(FrontEnd frontEnd) throws IOException;

    /** What is left behind by front ends that were closed. */
    protected abstract List<String> remains() throws IOException;

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        assertThat(remains()).as("what is left behind").isEmpty();
    }

    private FrontEnd start(BlockDevice device) throws IOException {
        return start(device, () -> {});
    }

    private FrontEnd start(BlockDevice device, Runnable onLastClose) throws IOException {
        FrontEnd frontEnd = make(onLastClose);
        open.add(frontEnd);
        frontEnd.start(device);
        return frontEnd;
    }

    private ObservedDevice device(int logicalBlock, boolean readOnly, Completion completion) {
        ObservedDevice device = new ObservedDevice(16L * MIB, logicalBlock, readOnly, completion);
        open.add(device);
        return device;
    }

    private FrontEndClient client(FrontEnd frontEnd) throws IOException {
        FrontEndClient client = connect(frontEnd);
        open.add(client);
        return client;
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(FrontEndClient client, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        assertThat(client.read(offset, bytes)).isZero();
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void theClientSeesWhatTheDeviceIs(int block) throws Exception {
        FrontEndClient client = client(start(device(block, false, Completion.AT_ONCE)));
        assertThat(client.features()).isEqualTo(new Features(16L * MIB, block, false, true));
    }

    @ParameterizedTest
    @EnumSource
    void whatWasWrittenIsReadBack(Completion completion) throws Exception {
        FrontEndClient client = client(start(device(512, false, completion)));
        byte[] data = random(3 * MIB + 512, 1);
        assertThat(client.write(MIB, data, false)).isZero();
        assertThat(read(client, MIB, data.length)).isEqualTo(data);
        byte[] patch = random(512, 2);
        assertThat(client.write(MIB + 1024, patch, true)).isZero();
        System.arraycopy(patch, 0, data, 1024, 512);
        assertThat(read(client, MIB, 8192)).isEqualTo(Arrays.copyOf(data, 8192));
        assertThat(read(client, 0, 4096)).isEqualTo(new byte[4096]);
        assertThat(client.flush()).isZero();
    }

    @Test
    void bothEndsOfTheDeviceAreReached() throws Exception {
        FrontEndClient client = client(start(device(512, false, Completion.AT_ONCE)));
        byte[] data = random(512, 3);
        for (long offset : new long[] {0, 16L * MIB - 512}) {
            assertThat(client.write(offset, data, false)).isZero();
            assertThat(read(client, offset, 512)).isEqualTo(data);
        }
    }

    @Test
    void zeroesAndDiscardsAreCarriedOut() throws Exception {
        FrontEndClient client = client(start(device(512, false, Completion.SHUFFLED)));
        assertThat(client.write(0, random(MIB, 4), false)).isZero();
        assertThat(client.zero(4096, 64 << 10)).isZero();
        assertThat(read(client, 4096, 64 << 10)).isEqualTo(new byte[64 << 10]);
        assertThat(client.discard(512 << 10, 128 << 10)).isZero();
        // The device here makes zeros of what is discarded.
        assertThat(read(client, 512 << 10, 128 << 10)).isEqualTo(new byte[128 << 10]);
        assertThat(read(client, 0, MIB)[0]).isEqualTo(random(MIB, 4)[0]);
    }

    @Test
    void discardIsNotOfferedWhereTheDeviceDoesNotDiscard() throws Exception {
        ObservedDevice device = device(512, false, Completion.AT_ONCE);
        device.withoutDiscard = true;
        FrontEndClient client = client(start(device));
        assertThat(client.features().discards()).isFalse();
        assertThat(client.discard(0, 64 << 10)).isNotZero();
        assertThat(client.zero(0, 64 << 10)).isZero();
    }

    @Test
    void requestsReachTheDeviceAsTheyWereMeant() throws Exception {
        ObservedDevice device = device(512, false, Completion.AT_ONCE);
        FrontEndClient client = client(start(device));
        device.keepSubmitted = true;
        assertThat(client.write(4096, random(8192, 5), false)).isZero();
        assertThat(client.write(20480, random(512, 6), true)).isZero();
        assertThat(client.zero(65536, 4096)).isZero();
        assertThat(client.discard(1 << 17, 1 << 16)).isZero();
        assertThat(client.flush()).isZero();
        assertThat(device.submitted)
                .contains(
                        new ObservedDevice.Submitted(Op.WRITE, 4096, 8192, false),
                        new ObservedDevice.Submitted(Op.WRITE, 20480, 512, true),
                        new ObservedDevice.Submitted(Op.WRITE_ZEROES, 65536, 4096, false),
                        new ObservedDevice.Submitted(Op.DISCARD, 1 << 17, 1 << 16, false))
                .anyMatch(request -> request.op() == Op.FLUSH);
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EIO, Errno.ENOSPC})
    void errorsOfTheDeviceReachTheClient(int errno) throws Exception {
        ObservedDevice device = device(512, false, Completion.AT_ONCE);
        FrontEndClient client = client(start(device));
        device.failAt(4096, errno);
        assertThat(client.write(4096, random(512, 7), false)).isEqualTo(errno);
        assertThat(client.write(8192, random(512, 7), false)).isZero();
        assertThat(client.zero(4096, 4096)).isEqualTo(errno);
    }

    @Test
    void aReadThatFailsIsAnErrorOfThatReadAlone() throws Exception {
        ObservedDevice device = device(512, false, Completion.SHUFFLED);
        FrontEndClient client = client(start(device));
        device.failAt(MIB, Errno.EIO);
        assertThat(client.read(MIB, new byte[4096])).isEqualTo(Errno.EIO);
        assertThat(client.read(0, new byte[4096])).isZero();
    }

    @Test
    void aReadOnlyDeviceIsNotWritten() throws Exception {
        FrontEndClient client = client(start(device(512, true, Completion.AT_ONCE)));
        assertThat(client.features().readOnly()).isTrue();
        assertThat(client.write(0, random(512, 8), false)).isIn(Errno.EPERM, Errno.EROFS, Errno.EACCES);
        assertThat(read(client, 0, 512)).isEqualTo(new byte[512]);
    }

    @Test
    void whoeverHasTheDeviceOpenCounts() throws Exception {
        FrontEnd frontEnd = start(device(512, false, Completion.AT_ONCE));
        assertThat(frontEnd.openCount()).isZero();
        AutoCloseable first = hold(frontEnd);
        assertThat(frontEnd.openCount()).isEqualTo(1);
        first.close();
        while (frontEnd.openCount() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theLastCloseIsTold() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        FrontEnd frontEnd = start(device(512, false, Completion.AT_ONCE), told::countDown);
        AutoCloseable holder = hold(frontEnd);
        frontEnd.watchLastClose();
        assertThat(told.getCount()).isEqualTo(1);
        holder.close();
        assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void requestsUnderWayAreCompletedBeforeTheEnd() throws Exception {
        ObservedDevice device = device(512, false, Completion.SHUFFLED);
        FrontEnd frontEnd = start(device);
        FrontEndClient client = client(frontEnd);
        device.keepSubmitted = true;
        device.hold();
        CompletableFuture<Integer> written = CompletableFuture.supplyAsync(() -> {
            try {
                return client.write(0, random(512, 9), false);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        while (device.submitted.isEmpty()) {
            Thread.onSpinWait();
        }
        device.release();
        assertThat(written.get(60, TimeUnit.SECONDS)).isZero();
        client.close();
        frontEnd.close();
        assertThat(device.openQueues()).isZero();
        assertThat(frontEnd.openCount()).isZero();
    }

    @Test
    void aDeviceThatGivesNoQueueFailsTheStartAndNothingIsLeft() throws Exception {
        ObservedDevice device = device(512, false, Completion.AT_ONCE);
        FrontEnd frontEnd = make(() -> {});
        open.add(frontEnd);
        assertThatThrownBy(() -> frontEnd.start(new OneQueue(device))).hasStackTraceContaining("no more queues");
        assertThat(device.openQueues()).isZero();
        assertThat(remains()).isEmpty();
    }

    @Test
    void closingTwiceAndWithoutAStartDoesNothing() throws Exception {
        make(() -> {}).close();
        FrontEnd frontEnd = start(device(512, false, Completion.AT_ONCE));
        frontEnd.close();
        frontEnd.close();
    }

    /** Opens one queue, where a front end wants two at the least. */
    private static final class OneQueue extends ForwardingDevice {
        private final ObservedDevice device;

        OneQueue(ObservedDevice device) {
            super(device);
            this.device = device;
        }

        @Override
        public synchronized RequestQueue openQueue(BackingQueue backing, Runnable wake) {
            if (device.openQueues() > 0) {
                throw new IllegalStateException("no more queues");
            }
            return super.openQueue(backing, wake);
        }
    }
}
