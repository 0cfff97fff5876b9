package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A device in memory behind a front end that is running. Closing it checks that no thread has failed. */
final class Served implements AutoCloseable {
    final ObservedDevice device;
    final NbdFrontEnd frontEnd;
    final Path socket;
    final AtomicReference<Throwable> fatal = new AtomicReference<>();

    Served(Path directory, ObservedDevice device, UnaryOperator<NbdSettings> adjust) throws IOException {
        this.device = device;
        socket = directory.resolve("nbd");
        frontEnd = new NbdFrontEnd(adjust.apply(NbdSettings.defaults(socket).withFatal(fatal::set)));
        frontEnd.start(device);
    }

    Served(Path directory, ObservedDevice device) throws IOException {
        this(directory, device, settings -> settings);
    }

    /** Waits for what other threads bring about. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long: " + what).isLessThan(deadline);
            Thread.yield();
        }
    }

    @Override
    public void close() throws IOException {
        frontEnd.close();
        device.close();
        assertThat(fatal.get()).as("why a thread ended").isNull();
        assertThat(frontEnd.openCount()).isZero();
        assertThat(device.openQueues()).isZero();
        assertThat(socket).doesNotExist();
    }
}
