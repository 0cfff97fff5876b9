package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pcache.frontend.FrontEnd;
import io.pcache.frontend.FrontEndClient;
import io.pcache.frontend.FrontEndSuite;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * The front ends' suite over ublk: on a kernel with ublk, as root. Clients are always other processes: a process that
 * is blocked on a device of its own could not be killed.
 */
@Tag("ublk")
class UblkBehaviourTest extends FrontEndSuite {
    private static final Map<String, Integer> ERRORS = Map.of(
            "Input/output error", Errno.EIO,
            "No space left on device", Errno.ENOSPC,
            "Operation not permitted", Errno.EPERM,
            "Permission denied", Errno.EACCES,
            "Read-only file system", Errno.EROFS,
            "Operation not supported", Errno.EOPNOTSUPP);

    @TempDir
    Path directory;

    @BeforeEach
    void requireUblk() {
        String reason = UblkFrontEnd.unavailable();
        if (reason != null) {
            abort("ublk is not available: " + reason);
        }
    }

    @Override
    protected FrontEnd make(Runnable onLastClose) {
        return new UblkFrontEnd(UblkOptions.defaults().withQueues(2).withDepth(16), onLastClose, NodeRecord.NONE);
    }

    @Override
    protected FrontEndClient connect(FrontEnd frontEnd) {
        return new Client(frontEnd.location(), directory);
    }

    @Override
    protected AutoCloseable hold(FrontEnd frontEnd) throws IOException {
        Process holder =
                new ProcessBuilder("/bin/sh", "-c", "exec 9<" + frontEnd.location() + "; echo open; read x").start();
        assertThat(holder.getInputStream().read()).isEqualTo('o');
        return () -> holder.destroyForcibly().waitFor();
    }

    @Override
    protected List<String> remains() throws IOException {
        try (var nodes = Files.list(Path.of("/dev"))) {
            return nodes.map(Path::toString)
                    .filter(name -> name.matches("/dev/ublk[bc].*"))
                    .toList();
        }
    }

    /** Requests by dd(1) and blkdiscard(8), past the page cache. */
    private record Client(String device, Path directory) implements FrontEndClient {
        private String sysfs(String attribute) throws IOException {
            return Files.readString(Path.of("/sys/block", device.substring("/dev/".length()), attribute))
                    .strip();
        }

        @Override
        public Features features() throws IOException {
            return new Features(
                    Long.parseLong(sysfs("size")) * 512,
                    Integer.parseInt(sysfs("queue/logical_block_size")),
                    sysfs("ro").equals("1"),
                    !sysfs("queue/discard_max_bytes").equals("0"));
        }

        /** Runs a command; returns the errno that it tells of, 0 if it went well. */
        private int run(String... command) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() == 0) {
                    return 0;
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return ERRORS.entrySet().stream()
                    .filter(error -> output.contains(error.getKey()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(String.join(" ", command) + ": " + output))
                    .getValue();
        }

        @Override
        public int write(long offset, byte[] data, boolean fua) throws IOException {
            Path file = Files.write(directory.resolve("data"), data);
            return run(
                    "dd",
                    "if=" + file,
                    "of=" + device,
                    "bs=" + data.length,
                    "count=1",
                    "seek=" + offset,
                    "oflag=direct,seek_bytes" + (fua ? ",dsync" : ""),
                    "conv=nocreat,notrunc");
        }

        @Override
        public int read(long offset, byte[] into) throws IOException {
            Path file = directory.resolve("data");
            int errno = run(
                    "dd",
                    "if=" + device,
                    "of=" + file,
                    "bs=" + into.length,
                    "count=1",
                    "skip=" + offset,
                    "iflag=direct,skip_bytes,fullblock");
            if (errno == 0) {
                System.arraycopy(Files.readAllBytes(file), 0, into, 0, into.length);
            }
            return errno;
        }

        @Override
        public int flush() throws IOException {
            return run("dd", "if=/dev/null", "of=" + device, "conv=nocreat,notrunc,fsync");
        }

        @Override
        public int zero(long offset, long length) throws IOException {
            return run("blkdiscard", "-f", "-z", "-o", Long.toString(offset), "-l", Long.toString(length), device);
        }

        @Override
        public int discard(long offset, long length) throws IOException {
            return run("blkdiscard", "-f", "-o", Long.toString(offset), "-l", Long.toString(length), device);
        }

        @Override
        public void close() {}
    }
}
