package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.CacheInUseException;
import io.pcache.cache.PCacheConfig;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are given up where they wait, and caches that are closed although something in them does not end. */
@Timeout(120)
class GiveUpTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;
    private static final int LARGE = 4 << 20;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final SimulatedMemory memory = new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES);

    private static final class Noted extends Request {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
        int result = 1;

        Noted of(Op op, long offset, int length) {
            prepare(op, offset, length, false, new BufferData(buffer));
            return this;
        }

        @Override
        protected void completed(int outcome) {
            result = outcome;
        }
    }

    private static PCacheConfig config(BackingDevice backing) {
        return PCacheConfig.builder(backing.sizeBytes()).build();
    }

    @Test
    void writesThatWaitForRoomEndAtOnceAndAllOthersAreKept() throws Exception {
        backing.failWrites(Errno.ENOSPC);
        PCache cache = PCache.open(memory, backing, config(backing));
        RequestQueue queue = cache.openQueue(null, () -> {});
        Noted kept = new Noted().of(Request.Op.WRITE, 0, BLOCK);
        kept.buffer.put(0, Pattern.fill(3, 0, BLOCK));
        queue.submit(kept);
        List<Noted> large = fill(cache, queue);
        Noted waiting = new Noted().of(Request.Op.WRITE, BLOCK, BLOCK);
        queue.submit(waiting);
        settle(cache, queue);
        assertThat(waiting.result).as("waits for room").isEqualTo(1);

        queue.giveUp(request -> request == waiting);
        assertThat(waiting.result).isEqualTo(-Errno.EIO);
        assertThat(queue.inFlight()).as("the others still wait").isPositive();
        queue.giveUp(request -> true);

        assertThat(queue.inFlight()).isZero();
        assertThat(large).anyMatch(write -> write.result == -Errno.EIO).allMatch(write -> write.result != 1);
        assertThat(cache.isClean()).as("dirty data stays").isFalse();
        queue.close();
        cache.close(0);
        memory.drain();
        PCache again = PCache.open(memory, backing, config(backing));
        RequestQueue reading = again.openQueue(null, () -> {});
        Noted read = new Noted().of(Request.Op.READ, 0, BLOCK);
        reading.submit(read);
        byte[] found = new byte[BLOCK];
        read.buffer.get(0, found);
        assertThat(read.result).isZero();
        assertThat(found).isEqualTo(Pattern.fill(3, 0, BLOCK));
        // The cache goes on as if nothing had been given up, once there is room.
        backing.failWrites(0);
        Noted write = new Noted().of(Request.Op.WRITE, BLOCK, BLOCK);
        reading.submit(write);
        for (int rounds = 0; rounds < 10_000 && write.result == 1; rounds++) {
            settle(again, reading);
        }
        assertThat(write.result).isZero();
        reading.close();
    }

    /** Writes zeros until all room is taken and some writes wait. */
    private static List<Noted> fill(PCache cache, RequestQueue queue) {
        List<Noted> writes = new ArrayList<>();
        for (int i = 0; i < 140; i++) {
            writes.add(new Noted().of(Request.Op.WRITE_ZEROES, LARGE, LARGE));
            queue.submit(writes.get(i));
            settle(cache, queue);
        }
        return writes;
    }

    private static void settle(PCache cache, RequestQueue queue) {
        int idle = 0;
        while (idle++ < 8) {
            idle = queue.poll() > 0
                            | cache.parts().committer().doWork()
                            | cache.parts().writeBack().doWork()
                            | cache.parts().gc().doWork()
                    ? 0
                    : idle;
        }
    }

    /** A device that is to stop answering for a while. */
    private static final class HangingDevice {
        private final Queue<BackingIo> hanging = new ArrayDeque<>();
        private boolean answers = true;
        private boolean closed;

        BackingDevice over(SimulatedBacking device) {
            return (BackingDevice) Proxy.newProxyInstance(
                    BackingDevice.class.getClassLoader(),
                    new Class<?>[] {BackingDevice.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "openQueue" -> queue((Runnable) arguments[0]);
                        case "close" -> {
                            closed = true;
                            yield null;
                        }
                        default -> method.invoke(device, arguments);
                    });
        }

        void hang() {
            hanging.clear();
            answers = false;
        }

        private BackingQueue queue(Runnable wake) {
            return new BackingQueue() {
                private final Queue<BackingIo> own = new ArrayDeque<>();

                @Override
                public void submit(BackingIo io) {
                    own.add(io);
                    hanging.add(io);
                }

                @Override
                public void kick() {
                    if (answers) {
                        wake.run();
                    }
                }

                @Override
                public int poll() {
                    int count = 0;
                    for (BackingIo io = answers ? own.poll() : null; io != null; io = own.poll()) {
                        count++;
                        for (int i = 0; i < io.length; i++) {
                            io.buffer.put(io.bufferIndex + i, (byte) 9);
                        }
                        io.end(0);
                    }
                    return count;
                }

                @Override
                public int inFlight() {
                    return own.size();
                }

                @Override
                public void close() {
                    assertThat(own).isEmpty();
                }
            };
        }
    }

    @Test
    void aReadOfADeviceThatHangsEndsAndItsMemoryIsNotTouchedAfterwards() throws Exception {
        HangingDevice device = new HangingDevice();
        PCache cache = PCache.open(memory, device.over(backing), config(backing));
        device.hang();
        RequestQueue queue = cache.openQueue(null, () -> {});
        Noted read = new Noted().of(Request.Op.READ, 0, BLOCK);
        queue.submit(read);
        queue.poll();
        assertThat(device.hanging).hasSize(1);

        queue.giveUp(request -> true);

        assertThat(read.result).isEqualTo(-Errno.EIO);
        assertThat(queue.inFlight()).isZero();
        assertThat(queue.isIdle()).as("the transfer goes on").isFalse();
        assertThatThrownBy(queue::close).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> cache.close(0))
                .as("the transfer would reach memory that is gone")
                .isInstanceOf(CacheInUseException.class)
                .hasMessageContaining(Thread.currentThread().getName())
                .hasMessageContaining("the backing device simulated");
        assertThat(device.closed).isFalse();
        device.answers = true;
        queue.poll();
        assertThat(read.buffer.get(0))
                .as("its owner may have used it for something else by now")
                .isZero();
        assertThat(queue.isIdle()).isTrue();
        queue.close();
        cache.close(0);
        assertThat(device.closed).isTrue();
    }

    @Test
    void readsThatWaitForTheirTurnEndToo() throws Exception {
        HangingDevice device = new HangingDevice();
        PCache cache = PCache.open(memory, device.over(backing), config(backing));
        device.hang();
        RequestQueue queue = cache.openQueue(null, () -> {});
        List<Noted> reads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            reads.add(new Noted().of(Request.Op.READ, (long) i * BLOCK, BLOCK));
            queue.submit(reads.get(i));
        }

        queue.giveUp(request -> true);

        assertThat(reads).allMatch(read -> read.result == -Errno.EIO);
        device.answers = true;
        queue.poll();
        Noted next = new Noted().of(Request.Op.READ, 0, BLOCK);
        queue.submit(next);
        queue.poll();
        assertThat(next.result).isZero();
        assertThat(next.buffer.get(17)).isEqualTo((byte) 9);
        queue.close();
    }

    @Test
    void whatFailsAtTheEndKeepsNothingElseFromBeingClosed() throws Exception {
        boolean[] unmapped = new boolean[1];
        CacheMemory mapped = (CacheMemory) Proxy.newProxyInstance(
                CacheMemory.class.getClassLoader(), new Class<?>[] {CacheMemory.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        unmapped[0] = true;
                        return null;
                    }
                    return method.invoke(memory, arguments);
                });
        BackingDevice failing = (BackingDevice) Proxy.newProxyInstance(
                BackingDevice.class.getClassLoader(),
                new Class<?>[] {BackingDevice.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        throw new IllegalStateException("close: EIO");
                    }
                    return method.invoke(backing, arguments);
                });
        PCache cache = PCache.open(mapped, failing, config(backing));

        assertThatThrownBy(() -> cache.close(0)).hasMessage("close: EIO");

        assertThat(unmapped[0]).as("the cache device is free").isTrue();
    }
}
