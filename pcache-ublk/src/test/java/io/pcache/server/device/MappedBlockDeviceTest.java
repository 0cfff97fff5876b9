package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pcache.request.RequestQueue;
import io.pcache.server.device.MappedBlockDevice.Outcome;
import io.pcache.server.device.MappedBlockDevice.Route;
import io.pcache.server.table.ManualDevice;
import io.pcache.server.table.Table;
import io.pcache.server.table.TestRequest;
import io.pcache.sys.Errno;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MappedBlockDeviceTest {
    private static final int SIZE = 1 << 20;
    private static final long PATIENCE_MS = 60_000;

    private final ManualDevice table = new ManualDevice(SIZE);
    private final MappedBlockDevice device = new MappedBlockDevice(new Route(table, false, false));
    private final AtomicInteger wakes = new AtomicInteger();

    private RequestQueue open() {
        return device.openQueue(null, wakes::incrementAndGet);
    }

    @Test
    void requestsPassThroughWhenNothingIsHeld() {
        RequestQueue queue = open();
        TestRequest request = TestRequest.write(0, 512);

        queue.submit(request);
        assertThat(queue.inFlight()).isEqualTo(1);
        table.complete(1);
        queue.poll();

        assertThat(request.result).isZero();
        assertThat(queue.inFlight()).isZero();
    }

    @Test
    void heldRequestsGoOnInTheOrderInWhichTheyCame() {
        RequestQueue queue = open();
        device.hold();
        List<TestRequest> order = new ArrayList<>();
        List<TestRequest> requests = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TestRequest request = TestRequest.write(i * 512L, 512);
            request.whenCompleted = () -> order.add(request);
            requests.add(request);
            queue.submit(request);
            queue.poll();
        }
        assertThat(table.submitted).hasValue(0);
        assertThat(queue.inFlight()).isEqualTo(10);

        device.release();
        queue.poll();
        table.complete(10);
        queue.poll();

        assertThat(order).isEqualTo(requests);
    }

    @Test
    void drainWaitsForRequestsUnderWayAndHoldsNewOnes() throws Exception {
        RequestQueue queue = open();
        TestRequest early = TestRequest.write(0, 512);
        queue.submit(early);
        CompletableFuture<Outcome> drained =
                CompletableFuture.supplyAsync(() -> device.holdAndDrain(Cancellation.NEVER, PATIENCE_MS));
        while (!device.route().held()) {
            Thread.onSpinWait();
        }
        TestRequest late = TestRequest.write(512, 512);
        queue.submit(late);
        queue.poll();
        assertThat(drained).isNotDone();

        table.complete(2);
        queue.poll();

        assertThat(drained.get(10, TimeUnit.SECONDS)).isEqualTo(Outcome.SETTLED);
        assertThat(early.result).isZero();
        assertThat(late.result).as("waits for the resume").isEqualTo(TestRequest.UNDER_WAY);
        assertThat(table.submitted).hasValue(1);
        assertThat(wakes.get()).as("the queue's thread was told").isPositive();
    }

    @Test
    void drainCanBeCancelled() throws Exception {
        RequestQueue queue = open();
        queue.submit(TestRequest.write(0, 512));
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Outcome> drained =
                CompletableFuture.supplyAsync(() -> device.holdAndDrain(cancellation, PATIENCE_MS));

        cancellation.request();

        assertThat(drained.get(10, TimeUnit.SECONDS)).isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void tableChangesUnderAQueueThatHoldsRequests() throws Exception {
        RequestQueue queue = open();
        device.hold();
        queue.poll();
        TestRequest held = TestRequest.write(0, 512);
        queue.submit(held);
        CompletableFuture<Void> replaced = CompletableFuture.runAsync(
                () -> device.replace(Table.error(SIZE / 512).device(), false, PATIENCE_MS));
        while (!replaced.isDone()) {
            queue.poll();
        }
        assertThat(table.openQueues()).as("nobody uses the old table").isZero();

        device.release();
        queue.poll();

        assertThat(held.result).isEqualTo(-Errno.EIO);
        queue.close();
    }

    @Test
    void drainThatDoesNotComeAboutSaysWhomItWaitedFor() {
        RequestQueue queue = open();
        queue.submit(TestRequest.write(0, 512));
        device.hold();
        queue.poll();

        assertThat(device.holdAndDrain(Cancellation.NEVER, 0)).isEqualTo(Outcome.LATE);

        assertThat(device.unsettled())
                .isEqualTo("1 request of thread " + Thread.currentThread().getName());
        assertThat(device.holdAndDrain(Cancellation.NEVER, 0)).isEqualTo(Outcome.LATE);
    }

    @Test
    void forceEndsWhatIsUnderWayAndSendsWhatIsHeldToTheNewTable() {
        RequestQueue queue = open();
        TestRequest early = TestRequest.write(0, 512);
        queue.submit(early);
        device.hold();
        TestRequest held = TestRequest.read(512, 512, null);
        queue.submit(held);
        queue.poll();
        assertThat(early.result).isEqualTo(TestRequest.UNDER_WAY);
        CompletableFuture<Outcome> replaced = CompletableFuture.supplyAsync(
                () -> device.replaceByForce(Table.error(SIZE / 512).device(), false, PATIENCE_MS));
        while (!replaced.isDone()) {
            queue.poll();
        }

        assertThat(replaced.join()).isEqualTo(Outcome.SETTLED);
        assertThat(early.result).isEqualTo(-Errno.EIO);
        assertThat(held.result).isEqualTo(-Errno.EIO);
        assertThat(table.openQueues()).isZero();
        queue.close();
    }

    @Test
    void oldTablesQueueStaysOpenUntilItsTransfersHaveEnded() {
        RequestQueue queue = open();
        TestRequest early = TestRequest.write(0, 512);
        queue.submit(early);
        table.transferring = true;
        CompletableFuture<Outcome> replaced = CompletableFuture.supplyAsync(
                () -> device.replaceByForce(Table.error(SIZE / 512).device(), false, PATIENCE_MS));
        while (!replaced.isDone()) {
            queue.poll();
        }

        assertThat(replaced.join()).as("nobody waits for them").isEqualTo(Outcome.SETTLED);
        assertThat(table.openQueues()).isEqualTo(1);
        assertThat(queue.isIdle()).isFalse();
        table.transferring = false;
        queue.poll();
        assertThat(table.openQueues()).isZero();
        assertThat(queue.isIdle()).isTrue();
    }

    @Test
    void heldRequestsOfAClientThatHasGoneAreGivenUp() {
        RequestQueue queue = open();
        device.hold();
        TestRequest gone = TestRequest.write(0, 512);
        TestRequest other = TestRequest.write(512, 512);
        queue.submit(gone);
        queue.submit(other);

        queue.giveUp(request -> request == gone);

        assertThat(gone.result).isEqualTo(-Errno.EIO);
        assertThat(queue.inFlight()).isEqualTo(1);
        device.release();
        queue.poll();
        table.complete(1);
        queue.poll();
        assertThat(other.result).isZero();
    }

    @Test
    void closingAQueueLetsADrainGoOn() throws Exception {
        RequestQueue idle = open();
        CompletableFuture<Outcome> drained =
                CompletableFuture.supplyAsync(() -> device.holdAndDrain(Cancellation.NEVER, PATIENCE_MS));

        idle.close();

        assertThat(drained.get(10, TimeUnit.SECONDS)).isEqualTo(Outcome.SETTLED);
    }

    @Test
    void queueOpenedWhileHeldHoldsFromTheStart() {
        device.holdAndDrain(Cancellation.NEVER, PATIENCE_MS);
        RequestQueue queue = open();
        TestRequest request = TestRequest.write(0, 512);

        queue.submit(request);
        assertThat(device.holdAndDrain(Cancellation.NEVER, PATIENCE_MS)).isEqualTo(Outcome.SETTLED);

        assertThat(table.submitted).hasValue(0);
    }

    @Test
    void readOnlyRouteRefusesWritesAndTakesReadsAndFlushes() {
        RequestQueue queue = device.openQueue(null, () -> {});
        device.hold();
        TestRequest write = TestRequest.write(0, 512);
        TestRequest flush = TestRequest.flush();
        queue.poll();
        CompletableFuture<Void> replaced = CompletableFuture.runAsync(() -> device.replace(table, true, PATIENCE_MS));
        while (!replaced.isDone()) {
            queue.poll();
        }
        device.release();
        queue.poll();

        queue.submit(write);
        queue.submit(flush);

        assertThat(write.result).isEqualTo(-Errno.EPERM);
        assertThat(flush.result).isEqualTo(TestRequest.UNDER_WAY);
        assertThat(device.readOnly()).isTrue();
    }

    @Test
    void requestsAllocateNothingOnTheirWay() {
        RequestQueue queue = open();
        table.automatic = true;
        TestRequest request = TestRequest.write(0, 512);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int round = 0; round < 20; round++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < 10_000; i++) {
                request.result = TestRequest.UNDER_WAY;
                queue.submit(request);
                queue.poll();
            }
            allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        }
        assertThat(allocated).as("bytes in 10000 requests, warmed up").isLessThan(10_000);
    }

    @Test
    void suspendResumeAndSwapUnderLoadLoseNoRequest() throws Exception {
        long seed = 77;
        ManualDevice first = new ManualDevice(SIZE);
        first.automatic = true;
        MappedBlockDevice shared = new MappedBlockDevice(new Route(first, false, false));
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(new Client(shared, seed + i));
        }
        clients.forEach(Thread::start);
        Random random = new Random(seed);
        ManualDevice current = first;
        // On a busy machine 500 rounds may end before a client has got anywhere.
        for (int round = 0; round < 500 || clients.stream().anyMatch(Client::isAtItsBeginning); round++) {
            shared.holdAndDrain(Cancellation.NEVER, PATIENCE_MS);
            int before = current.submitted.get();
            if (random.nextBoolean()) {
                ManualDevice next = new ManualDevice(SIZE);
                next.automatic = true;
                shared.replace(next, false, PATIENCE_MS);
                assertThat(current.openQueues())
                        .as("seed %d round %d", seed, round)
                        .isZero();
                assertThat(current.submitted.get())
                        .as("nothing reached the table while it was held")
                        .isEqualTo(before);
                current = next;
            } else {
                assertThat(current.submitted.get()).isEqualTo(before);
            }
            shared.release();
        }
        for (Client client : clients) {
            client.finish();
        }
        assertThat(clients).allSatisfy(client -> assertThat(client.failure).isNull());
        assertThat(clients)
                .allSatisfy(client ->
                        assertThat(client.ended).isEqualTo(client.begun).isGreaterThan(Client.BEGINNING));
        assertThat(current.openQueues()).isZero();
    }

    /** A front end's thread: keeps a few requests in flight, sleeps when there is nothing to do. */
    private static final class Client extends Thread {
        private final MappedBlockDevice device;
        private final Random random;
        private final Semaphore wake = new Semaphore(0);
        private final Queue<TestRequest> free = new ArrayDeque<>();
        /** Requests after which a client counts as one that works. */
        static final int BEGINNING = 500;

        private volatile boolean stopping;
        volatile Throwable failure;
        int begun;
        volatile int ended;

        Client(MappedBlockDevice device, long seed) {
            this.device = device;
            this.random = new Random(seed);
        }

        @Override
        public void run() {
            try {
                while (!stopping) {
                    serve(random.nextInt(2000));
                }
            } catch (Throwable e) {
                failure = e;
            }
        }

        /** Opens a queue, and closes it after so many requests. */
        private void serve(int requests) {
            RequestQueue queue = device.openQueue(null, wake::release);
            for (int i = 0; i < 8; i++) {
                free.add(newRequest());
            }
            int left = requests;
            while (left > 0 || queue.inFlight() > 0) {
                while (left > 0 && !free.isEmpty()) {
                    begun++;
                    left--;
                    TestRequest request = free.poll();
                    request.result = TestRequest.UNDER_WAY;
                    queue.submit(request);
                }
                int steps = queue.poll();
                if (steps == 0 && (left == 0 || free.isEmpty())) {
                    wake.acquireUninterruptibly();
                    wake.drainPermits();
                }
            }
            free.clear();
            queue.close();
            LockSupport.parkNanos(random.nextInt(1000));
        }

        private TestRequest newRequest() {
            TestRequest request = TestRequest.write(0, 512);
            request.whenCompleted = () -> {
                ended++;
                free.add(request);
            };
            return request;
        }

        /** Whether this client works, but has done little until now. */
        boolean isAtItsBeginning() {
            return failure == null && ended <= BEGINNING;
        }

        void finish() throws InterruptedException {
            stopping = true;
            join();
        }
    }
}
