package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where it is, by the environment. */
class RunDirectoryTest {
    private static final int USER = 1000;

    @Test
    void isTheUsersOwn() throws Exception {
        assertThat(RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "/run/user/1000"), USER)
                        .root())
                .hasToString("/run/user/1000/pcache");
        assertThat(RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "relative"), 0).root())
                .hasToString("/run/pcache");
        assertThat(RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "relative", "PCACHE_RUN_DIR", "/tmp"), USER)
                        .root())
                .hasToString("/tmp");
    }

    @Test
    void ignoresAnXdgDirectoryThatIsNotAbsoluteAndSaysSo() {
        assertThatThrownBy(() -> RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "run/user"), USER))
                .hasMessage("pcache: no place for sockets: XDG_RUNTIME_DIR=run/user is ignored, since it is not an "
                        + "absolute path: make it one, or set PCACHE_RUN_DIR (-ENOENT)");
        assertThatThrownBy(() -> RunDirectory.of(Map.of(), USER))
                .hasMessage("pcache: no place for sockets: set PCACHE_RUN_DIR or XDG_RUNTIME_DIR (-ENOENT)");
    }

    /** A target, and a command from another directory, would take it for another place. */
    @Test
    void refusesAPathThatIsNotAbsolute() {
        for (String relative : new String[] {"run", "./run", "../run"}) {
            assertThatThrownBy(() -> RunDirectory.of(Map.of("PCACHE_RUN_DIR", relative), 0))
                    .hasMessage("pcache: PCACHE_RUN_DIR=" + relative
                            + ": not an absolute path: a command from another directory would see other "
                            + "devices (-EINVAL)");
        }
    }

    @Test
    void refusesANameWhoseBytesTheJvmHasLost() {
        for (String variable : new String[] {"PCACHE_RUN_DIR", "XDG_RUNTIME_DIR"}) {
            assertThatThrownBy(() -> RunDirectory.of(Map.of(variable, "/tmp/\ufffd"), USER))
                    .hasMessage("pcache: " + variable + "=/tmp/\ufffd: it holds bytes that are not UTF-8 (-EILSEQ)");
        }
    }

    @Test
    void failuresOfFilesAreToldInTheSystemsWordsWithTheirErrno() {
        ControlException full = ControlException.ofFile(
                "cannot make x", new FileSystemException("/run/x", null, "No space left on device"));
        assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
        assertThat(full.reasons())
                .containsExactly("pcache: cannot make x: /run/x: No space left on device: free some, or set "
                        + "PCACHE_RUN_DIR to a directory on another file system (-ENOSPC)");
        assertThat(ControlException.ofFile("cannot make x", new IOException("No space left on device"))
                        .reasons()
                        .get(0))
                .startsWith("pcache: cannot make x: No space left");
        assertThat(ControlException.ofFile("cannot make x", new AccessDeniedException("/run/x"))
                        .reasons())
                .containsExactly("pcache: cannot make x: /run/x: Permission denied (-EACCES)");
        assertThat(ControlException.ofFile("cannot make x", new IOException("Input/output error"))
                        .reasons())
                .containsExactly("pcache: cannot make x: Input/output error (-EIO)");
    }
}
