package io.pcache.server.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.cache.CacheInUseException;
import io.pcache.control.ControlClient;
import io.pcache.control.ControlCommand;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.request.RequestQueue;
import io.pcache.server.QuietLog;
import io.pcache.server.device.Cancellation;
import io.pcache.server.device.DeviceFixture;
import io.pcache.server.device.MappedDevice;
import io.pcache.server.device.Patience;
import io.pcache.server.table.TestRequest;
import io.pcache.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Changes of a device in which requests wait that may never end. */
@ExtendWith(QuietLog.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitsTest {
    @TempDir
    Path directory;

    private DeviceFixture fixture;
    private MappedDevice device;
    private RequestQueue queue;
    private final TestRequest waiting = TestRequest.write(0, 512);

    private static Patience draining(long ms) {
        return new Patience(ms, 30_000, 30_000);
    }

    @BeforeEach
    void submit() throws Exception {
        make(draining(30_000));
    }

    private void make(Patience patience) throws Exception {
        fixture = new DeviceFixture(Files.createTempDirectory(directory, "device"), patience);
        device = fixture.device;
        fixture.live();
        fixture.frontEnds.openCount = 1;
        queue = fixture.frontEnds.serving.openQueue(null, () -> {});
        waiting.result = TestRequest.UNDER_WAY;
        queue.submit(waiting);
    }

    private interface Change {
        void run() throws ControlException;
    }

    /** Makes a change on another thread while this one polls its queue, as a front end's does. */
    private ControlException change(Change change) {
        CompletableFuture<ControlException> done = CompletableFuture.supplyAsync(() -> {
            try {
                change.run();
                return null;
            } catch (ControlException e) {
                return e;
            }
        });
        while (!done.isDone()) {
            queue.poll();
        }
        return done.join();
    }

    @Test
    void forcedWipeFailsWhatWaitsAndSwapsTheTable() throws Exception {
        assertThat(change(() -> device.wipe(false, true, Cancellation.NEVER))).isNull();

        assertThat(waiting.result).isEqualTo(-Errno.EIO);
        assertThat(device.table(false).get(0).type()).isEqualTo("error");
        assertThat(fixture.caches.open).as("its devices are free").isEmpty();
    }

    @Test
    void wipeThatIsNotToFlushWaitsForNothingButKeepsWhatWasAcknowledged() throws Exception {
        assertThat(change(() -> device.wipe(true, false, Cancellation.NEVER))).isNull();

        assertThat(waiting.result).isEqualTo(-Errno.EIO);
        assertThat(fixture.caches.last.flushes).isEqualTo(1);
        assertThat(device.table(false).get(0).type()).isEqualTo("error");
    }

    @Test
    void suspendThatIsNotToFlushWaitsForNothing() throws Exception {
        device.suspend(true, Cancellation.NEVER);

        assertThat(fixture.attributes()).isEqualTo("L-sw");
        assertThat(waiting.result).isEqualTo(TestRequest.UNDER_WAY);
    }

    @Test
    void otherChangesHaveABoundAndSayWhomTheyWaitedFor() throws Exception {
        make(draining(0));
        fixture.caches.last.problems =
                List.of(new DeviceProblem("writeback-stalled", "write-back stands still: no space"));
        queue.poll();

        for (Change each : List.<Change>of(
                () -> device.suspend(false, Cancellation.NEVER), () -> device.wipe(false, false, Cancellation.NEVER))) {
            ControlException refusal = change(each);

            assertThat(refusal.errno()).isEqualTo(Errno.ETIMEDOUT);
            assertThat(refusal.reasons())
                    .singleElement()
                    .asString()
                    .contains("thread " + Thread.currentThread().getName(), "no space", "--noflush");
        }
        assertThat(fixture.attributes()).as("as it was").isEqualTo("L--w");
        // The queue has perhaps not seen yet that requests are not held any more.
        queue.poll();
        TestRequest next = TestRequest.write(512, 512);
        queue.submit(next);
        fixture.caches.last.device.complete(2);
        queue.poll();
        assertThat(next.result).as("requests go on").isZero();
    }

    @Test
    void removalOfAClosedDeviceDoesNotWaitForTheRequestsOfClientsThatHaveGone() throws Exception {
        assertThat(change(() -> device.wipe(true, true, Cancellation.NEVER))).isNull();
        fixture.frontEnds.openCount = 0;
        queue.close();

        assertThat(device.remove(false, false)).isTrue();
    }

    @Test
    void cacheThatIsStillInUseIsClosedLaterAndStatusSaysSo() throws Exception {
        make(new Patience(30_000, 0, 0));
        CountDownLatch comes = new CountDownLatch(1);
        fixture.caches.last.inUse = () -> {
            if (comes.getCount() > 0) {
                throw new CacheInUseException(
                        List.of("thread pcache-writeback-pc waits for the backing device /dev/slow"));
            }
        };
        change(() -> device.wipe(true, true, Cancellation.NEVER));

        assertThat(device.table(false).get(0).type()).as("swapped all the same").isEqualTo("error");
        while (!device.status(false)
                .problems()
                .toString()
                .contains("thread pcache-writeback-pc waits for the backing device /dev/slow")) {
            Thread.onSpinWait();
        }
        assertThat(fixture.caches.last.closed).isFalse();
        queue.poll();
        comes.countDown();
        while (!device.status(false).problems().isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(fixture.caches.last.closed).isTrue();
    }

    /** What a client of the control socket gets. */
    private static final class Answer implements RequestHandler.Exchange {
        final CompletableFuture<JsonObject> reply = new CompletableFuture<>();
        private final Cancellation cancellation = new Cancellation();

        @Override
        public void reply(JsonObject object, Runnable afterwards) {
            reply.complete(object);
        }

        @Override
        public Cancellation cancellation() {
            return cancellation;
        }
    }

    private Answer ask(ControlCommands commands, ControlCommand command, String... flags) {
        Answer answer = new Answer();
        JsonObject request = ControlClient.request(command);
        for (String flag : flags) {
            request.put(flag, true);
        }
        commands.handle(request, answer);
        return answer;
    }

    private JsonObject await(Answer answer) {
        while (!answer.reply.isDone()) {
            queue.poll();
        }
        return answer.reply.join();
    }

    @Test
    void aMapThatTakesLongHoldsUpNeitherAChangeOfTablesNorOtherQueries() throws Exception {
        CountDownLatch drawing = new CountDownLatch(1);
        CountDownLatch drawn = new CountDownLatch(1);
        fixture.caches.last.drawing = () -> {
            drawing.countDown();
            try {
                drawn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (ControlCommands commands = new ControlCommands(device, () -> {})) {
            Answer map = ask(commands, ControlCommand.MAP);
            drawing.await();
            try {
                assertThat(await(ask(commands, ControlCommand.WIPE, "force")).flag("ok"))
                        .isTrue();
                assertThat(await(ask(commands, ControlCommand.STATUS)).flag("ok"))
                        .isTrue();
            } finally {
                drawn.countDown();
            }
            assertThat(await(map).flag("ok")).isTrue();
        }
    }

    @Test
    void suspendThatWaitsMakesWayForAForcedChange() {
        try (ControlCommands commands = new ControlCommands(device, () -> {})) {
            Answer suspend = ask(commands, ControlCommand.SUSPEND);
            while (!fixture.holdsRequests()) {
                Thread.onSpinWait();
            }

            JsonObject wiped = await(ask(commands, ControlCommand.WIPE, "force"));

            assertThat(wiped.flag("ok")).isTrue();
            assertThat(suspend.reply.join().number("errno", 0)).isEqualTo(Errno.EINTR);
            assertThat(waiting.result).isEqualTo(-Errno.EIO);
        }
    }

    @Test
    void changeBehindOneThatDoesNotEndIsToldWhichThatIs() {
        try (ControlCommands commands = new ControlCommands(device, () -> {}, 0)) {
            Answer suspend = ask(commands, ControlCommand.SUSPEND);
            while (!fixture.holdsRequests()) {
                Thread.onSpinWait();
            }

            JsonObject refused = await(ask(commands, ControlCommand.RENAME));

            assertThat(refused.number("errno", 0)).isEqualTo(Errno.ETIMEDOUT);
            assertThat(refused.strings("reasons"))
                    .singleElement()
                    .asString()
                    .contains("rename was not begun", "a suspend is under way");
            fixture.caches.last.device.complete(1);
            assertThat(await(suspend).flag("ok")).isTrue();
        }
    }
}
