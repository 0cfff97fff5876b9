package io.pcache.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnTest {
    private final SystemCalls calls = SystemCalls.linux();

    @TempDir
    private Path folder;

    @Test
    void programHasTheDescriptorsItWasGivenAndNoOthers() throws Exception {
        Path output = Files.createFile(folder.resolve("output"));
        int[] pipe = Spawn.pipe();
        int out = calls.open(output.toString(), Linux.O_RDWR);
        // Stays open when programs are started, except by ProcessBuilder, which has to close it.
        calls.fcntl(out, 2, 0);
        // By then, the descriptor that the shell has used to look at the folder is closed.
        String script = "read -r word; echo \"got $word\"; for fd in /proc/$$/fd/*; do [ ! -e $fd ] || echo ${fd##*/}; "
                + "done; echo kept >&3";
        int pid = Spawn.start(List.of("/bin/sh", "-c", script), List.of(pipe[0], out, out, out));
        write(pipe[1], "hello\n");
        Spawn.await(pid);

        assertThat(Files.readAllLines(output)).containsExactly("got hello", "0", "1", "2", "3", "kept");
        close(pipe[0], pipe[1], out);
    }

    @Test
    void pipeEndsForTheProgramWhenItIsClosedHere() throws Exception {
        Path output = Files.createFile(folder.resolve("output"));
        int[] pipe = Spawn.pipe();
        int out = calls.open(output.toString(), Linux.O_RDWR);
        int pid = Spawn.start(List.of("/bin/sh", "-c", "read -r word || echo ended"), List.of(pipe[0], out));
        close(pipe[0], pipe[1]);
        Spawn.await(pid);

        assertThat(Files.readString(output)).isEqualTo("ended\n");
        close(out);
    }

    @Test
    void missingProgramIsAnErrorAndLeavesNoDescriptorOpen() throws Exception {
        Spawn.pipe();
        long before = descriptors();
        assertThatThrownBy(() -> Spawn.start(List.of("/nonexistent"), List.of(0)))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("ENOENT");
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws Exception {
        try (var stream = Files.list(Path.of("/proc/self/fd"))) {
            return stream.count();
        }
    }

    private void write(int fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = NativeMemory.allocate(bytes.length).put(0, bytes);
        assertThat(calls.write(fd, NativeMemory.address(buffer), bytes.length)).isEqualTo(bytes.length);
    }

    private void close(int... descriptors) throws SystemCallException {
        for (int descriptor : descriptors) {
            calls.close(descriptor);
        }
    }
}
