package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pcache.frontend.ObservedDevice;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AllocationTest {
    private static final int DEPTH = 16;
    private static final int BLOCK = 4096;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {RawClient.READ, RawClient.WRITE})
    void servingAllocatesNothing(int type) throws IOException {
        try (Served served = new Served(directory, ObservedDevice.ofMiB(1), settings -> settings.withQueueThreads(1));
                RawClient client = RawClient.structured(served.socket)) {
            exchange(client, type, 20_000);
            long before = allocatedByQueueThread();
            int rounds = 20_000;
            exchange(client, type, rounds);
            long bytes = allocatedByQueueThread() - before;
            // The selector has some garbage of its own, per wake-up and not per request.
            assertThat(bytes).as("bytes for " + rounds * DEPTH + " requests").isLessThan(rounds * DEPTH);
        }
    }

    private static void exchange(RawClient client, int type, int rounds) throws IOException {
        boolean write = type == RawClient.WRITE;
        ByteBuffer commands = ByteBuffer.allocateDirect(DEPTH * (28 + BLOCK));
        for (int i = 0; i < DEPTH; i++) {
            commands.put(RawClient.command(type, 0, i, (long) i * BLOCK, BLOCK, new byte[write ? BLOCK : 0]));
        }
        commands.flip();
        ByteBuffer replies = ByteBuffer.allocateDirect(DEPTH * (write ? 16 : 28 + BLOCK));
        for (int i = 0; i < rounds; i++) {
            client.send(commands.rewind());
            replies.clear();
            while (replies.hasRemaining()) {
                client.channel().read(replies);
            }
        }
    }

    private static long allocatedByQueueThread() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(thread -> thread.getThreadName().equals("nbd-queue-0"))
                .findFirst()
                .orElseThrow()
                .getThreadId();
        return threads.getThreadAllocatedBytes(id);
    }
}
