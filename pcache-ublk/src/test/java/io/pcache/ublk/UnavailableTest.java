package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said where ublk cannot be had. */
class UnavailableTest {
    @TempDir
    Path folder;

    @Test
    void namesTheSettingThatForbidsIoUring() throws Exception {
        Path sysctl = folder.resolve("io_uring_disabled");
        SystemCallException forbidden = new SystemCallException(Errno.EPERM, "io_uring_setup", "8 entries");

        assertThat(UblkFrontEnd.reason(forbidden, sysctl))
                .as("a kernel without the setting")
                .isEqualTo(forbidden.getMessage());
        Files.writeString(sysctl, "0\n");
        assertThat(UblkFrontEnd.reason(forbidden, sysctl))
                .as("forbidden by other means")
                .isEqualTo(forbidden.getMessage());
        Files.writeString(sysctl, "2\n");
        assertThat(UblkFrontEnd.reason(forbidden, sysctl))
                .isEqualTo("ublk needs io_uring, which the sysctl kernel.io_uring_disabled=2 forbids");
    }
}
