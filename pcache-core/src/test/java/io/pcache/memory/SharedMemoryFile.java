package io.pcache.memory;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file on tmpfs, which exists until it is closed. The test is skipped where there is no tmpfs. */
record SharedMemoryFile(Path path) implements AutoCloseable {
    static SharedMemoryFile create(long size) throws IOException {
        Path shared = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(shared) && Files.getFileStore(shared).type().equals("tmpfs"),
                "needs tmpfs at /dev/shm");
        SharedMemoryFile file = new SharedMemoryFile(Files.createTempFile(shared, "pcache", ".test"));
        resize(file.path, size);
        return file;
    }

    /** Gives a file this length: with a hole at the end, or cut short. */
    static void resize(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    @Override
    public void close() throws IOException {
        Files.delete(path);
    }
}
