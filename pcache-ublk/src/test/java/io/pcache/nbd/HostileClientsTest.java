package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that mean harm, all at once, while one does verified I/O. {@code -Dpcache.hostile.connects} makes the run
 * longer.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class HostileClientsTest {
    private static final long CONNECTS = Long.getLong("pcache.hostile.connects", 20_000);
    private static final int MIB = 1 << 20;
    private static final long BUFFER_BYTES = 16L << 20;

    private interface Attack {
        void run(Random random) throws IOException;
    }

    @TempDir
    Path directory;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong connects = new AtomicLong();
    private Served served;

    @Test
    void wellBehavedClientGoesOnAndMemoryDoesNotGrow() throws Exception {
        served = new Served(
                directory,
                ObservedDevice.ofMiB(64),
                settings -> settings.withMaxClients(32).withMaxNegotiations(16).withBufferBytes(BUFFER_BYTES));
        long directBefore = directBytes();
        List<Thread> attackers = new ArrayList<>();
        try (RawClient good = RawClient.structured(served.socket)) {
            verifiedIo(good, 100);
            attackers.add(attacker(1, this::connectAndGo));
            attackers.add(attacker(2, this::stayHalfOpen));
            attackers.add(attacker(3, this::sendGarbage));
            attackers.add(attacker(4, this::announceHugeOption));
            attackers.add(attacker(5, this::sendGarbageAsCommands));
            attackers.add(attacker(6, this::askAndNeverRead));
            attackers.add(attacker(7, this::announceHugeWrite));
            verifiedIo(good, 200);
            long usedBefore = usedHeap();
            while (connects.get() < CONNECTS) {
                verifiedIo(good, 20);
            }
            assertThat(usedHeap() - usedBefore).as("growth of the heap").isLessThan(8 * MIB);
            assertThat(directBytes() - directBefore).as("direct memory").isLessThanOrEqualTo(BUFFER_BYTES + MIB);
        } finally {
            over.set(true);
            for (Thread attacker : attackers) {
                attacker.join();
            }
        }
        Served.await("all to be gone", () -> served.frontEnd.openCount() == 0);
        served.close();
    }

    private static void verifiedIo(RawClient client, int rounds) throws IOException {
        Random random = new Random(rounds);
        byte[] data = new byte[8192];
        for (int i = 0; i < rounds; i++) {
            random.nextBytes(data);
            long offset = 512L * random.nextInt(1000);
            assertThat(client.write(offset, data)).isZero();
            assertThat(client.read(offset, data.length)).isEqualTo(data);
        }
    }

    private Thread attacker(long seed, Attack attack) {
        Thread thread = new Thread(
                () -> {
                    Random random = new Random(seed);
                    while (!over.get()) {
                        try {
                            connects.incrementAndGet();
                            attack.run(random);
                        } catch (IOException | AssertionError e) {
                            // To be thrown out is what these clients ask for; they come again.
                        }
                    }
                },
                "attacker-" + seed);
        thread.start();
        return thread;
    }

    private void connectAndGo(Random random) throws IOException {
        RawClient.connect(served.socket).close();
    }

    private void stayHalfOpen(Random random) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                connects.incrementAndGet();
                clients.add(random.nextBoolean() ? RawClient.connect(served.socket) : RawClient.greeted(served.socket));
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private void sendGarbage(Random random) throws IOException {
        byte[] garbage = new byte[random.nextInt(10_000)];
        random.nextBytes(garbage);
        try (RawClient client =
                random.nextBoolean() ? RawClient.connect(served.socket) : RawClient.greeted(served.socket)) {
            client.send(ByteBuffer.wrap(garbage));
            client.isHungUp();
        }
    }

    private void announceHugeOption(Random random) throws IOException {
        try (RawClient client = RawClient.greeted(served.socket)) {
            client.send(ByteBuffer.allocate(16)
                    .putLong(0x49484156454f5054L)
                    .putInt(random.nextInt(12))
                    .putInt(-1)
                    .flip());
            for (int i = 0; i < 100; i++) {
                client.send(ByteBuffer.allocate(65536));
            }
        }
    }

    private void sendGarbageAsCommands(Random random) throws IOException {
        byte[] garbage = new byte[random.nextInt(10_000)];
        random.nextBytes(garbage);
        try (RawClient client = RawClient.simple(served.socket)) {
            client.send(ByteBuffer.wrap(garbage));
            client.isHungUp();
        }
    }

    private void askAndNeverRead(Random random) throws IOException {
        try (RawClient client =
                random.nextBoolean() ? RawClient.simple(served.socket) : RawClient.structured(served.socket)) {
            for (int i = 0; i < 100; i++) {
                client.sendCommand(RawClient.READ, 0, i, 0, 32 * MIB);
            }
        }
    }

    private void announceHugeWrite(Random random) throws IOException {
        long length = random.nextBoolean() ? 0xffff_fe00L : 32 * MIB;
        try (RawClient client = RawClient.simple(served.socket)) {
            client.sendCommand(RawClient.WRITE, 0, 1, 32 * MIB, length);
            for (int i = 0; i < random.nextInt(100); i++) {
                client.send(ByteBuffer.allocate(65536));
            }
        }
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
