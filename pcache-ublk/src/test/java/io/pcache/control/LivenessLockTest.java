package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LivenessLockTest {
    @TempDir
    Path directory;

    /** As other processes see it. */
    private static boolean lockedInTheKernel(Path file) throws IOException {
        String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .anyMatch(line -> line.contains(inode)
                        && line.contains(" " + ProcessHandle.current().pid() + " "));
    }

    @Test
    void outlivesTheObjectThatNobodyKept() throws IOException {
        Path file = directory.resolve("lock");
        LivenessLock.acquire(file);

        WeakReference<Object> collected = new WeakReference<>(new Object());
        while (collected.get() != null) {
            System.gc();
        }
        // A cleaner of the JDK's may still be about to close what was collected; it works through its queue in order.
        for (int i = 0; i < 20; i++) {
            System.gc();
        }

        assertThat(lockedInTheKernel(file)).isTrue();
        assertThat(LivenessLock.isHeld(file)).isTrue();
    }

    @Test
    void isGoneWhenClosed() throws IOException {
        Path file = directory.resolve("lock");
        LivenessLock lock = LivenessLock.acquire(file);
        assertThatThrownBy(() -> LivenessLock.acquire(file)).isInstanceOf(IOException.class);

        lock.close();

        assertThat(lockedInTheKernel(file)).isFalse();
        assertThat(LivenessLock.isHeld(file)).isFalse();
        LivenessLock.acquire(file).close();
    }
}
