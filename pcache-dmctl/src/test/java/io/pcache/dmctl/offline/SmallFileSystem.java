package io.pcache.dmctl.offline;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tmpfs that has hardly any room. */
record SmallFileSystem(Path path) implements AutoCloseable {
    private static final int BYTES = 64 << 10;

    /** Mounts the file system. Skips the test where mounting is not allowed. */
    static SmallFileSystem mount(Path path) throws Exception {
        Files.createDirectory(path);
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + BYTES, "none", path.toString())
                .redirectErrorStream(true)
                .start();
        mount.getInputStream().transferTo(OutputStream.nullOutputStream());
        assumeTrue(mount.waitFor() == 0, "needs to mount a file system");
        return new SmallFileSystem(path);
    }

    /** Fills the file system. */
    void fill() throws IOException {
        Files.write(path.resolve("filling"), new byte[(int) path.toFile().getUsableSpace()]);
    }

    @Override
    public void close() throws IOException {
        try {
            new ProcessBuilder("umount", path.toString()).start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
