package io.pcache.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingFile;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackingOpenerTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void makeFile() throws Exception {
        path = directory.resolve("backing");
        try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
            bytes.setLength(1 << 20);
        }
    }

    @Test
    void givesTheFileBackWhereADriverCannotBeMade() throws Exception {
        BackingFile file = BackingFile.open(path.toString());
        assertThatThrownBy(() -> BackingOpener.open(file, opened -> {
                    throw new OutOfMemoryError("planted: unable to create native thread");
                }))
                .isInstanceOf(OutOfMemoryError.class);

        // Its lock is gone, too.
        BackingFile.open(path.toString()).close();
    }

    @Test
    void usesThreadsWhereIoUringIsRefused() throws Exception {
        BackingFile file = BackingFile.open(path.toString());
        try (BackingDevice device = BackingOpener.open(file, opened -> {
            throw new SystemCallException(Errno.EPERM, "io_uring_setup", "planted");
        })) {
            assertThat(device.describe()).contains("EPERM");
        }
    }
}
