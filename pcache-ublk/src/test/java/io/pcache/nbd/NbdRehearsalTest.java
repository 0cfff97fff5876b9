package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.request.NullDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NbdRehearsalTest {
    @TempDir
    Path folder;

    @Test
    void goesThroughTheFrontEndAndLeavesNothing() throws IOException {
        Path socket = folder.resolve("rehearsal.sock");

        int rounds = new NbdRehearsal(socket)
                .play(new NullDevice(16 << 20), System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300));

        assertThat(rounds).isPositive();
        assertThat(Files.exists(socket)).isFalse();
    }

    @Test
    void failsWhereItCannotListen() {
        assertThatThrownBy(() -> new NbdRehearsal(folder.resolve("missing/sock"))
                        .play(new NullDevice(16 << 20), System.nanoTime()))
                .isInstanceOf(IOException.class);
    }
}
