package io.pcache.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.memory.ChildJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Puts another program in the process's place. */
class ExecuteTest {
    private static final byte[] NOTHING = {};

    @TempDir
    Path directory;

    /** Replaces itself by a shell, which says its process number, its second argument and a variable. */
    public static final class Replaced {
        public static void main(String[] arguments) throws Exception {
            System.out.println("before " + SystemCalls.linux().getpid());
            SystemCalls.linux()
                    .execve(
                            "/bin/sh",
                            bytes("sh\0-c\0echo \"after $$ $1 ($2) $WORD\"\0name\0two words\0\0"),
                            bytes("WORD=a b\0"));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theProgramHasTheProcessAndTheGivenWords() throws Exception {
        String said = ChildJvm.run(Replaced.class, directory, "");
        String number = said.lines().findFirst().orElseThrow().substring("before ".length());
        assertThat(said.lines()).contains("after " + number + " two words () a b");
    }

    @Test
    void aProgramThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> SystemCalls.linux().execve("/nonexistent", bytes("x\0"), NOTHING))
                .hasMessage("execve /nonexistent: No such file or directory (ENOENT)");
    }
}
