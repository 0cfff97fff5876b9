package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kind that is found for a path, with real file systems and loop devices. Most tests need root. */
class MappedMemoryKindsTest {
    @TempDir
    Path directory;

    private Path sparseFile(String name, long size) throws IOException {
        Path path = directory.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException(List.of(command) + " exited with " + code + ": " + output);
        }
        return output;
    }

    /** A loop device on a new file; gone after close. */
    private final class Loop implements AutoCloseable {
        final String path;

        Loop(String... options) throws Exception {
            Path image = sparseFile("loop.img", 8 << 20);
            String device = null;
            try {
                List<String> command = new ArrayList<>(List.of("losetup", "--find", "--show"));
                command.addAll(List.of(options));
                command.add(image.toString());
                device = run(command.toArray(String[]::new));
            } catch (IOException e) {
                assumeTrue(false, "needs loop devices and root: " + e.getMessage());
            }
            path = device;
        }

        @Override
        public void close() throws Exception {
            run("losetup", "--detach", path);
        }
    }

    private static void assertErrno(ThrowingCallable action, int errno) {
        assertThatThrownBy(action)
                .asInstanceOf(type(SystemCallException.class))
                .extracting(SystemCallException::errno)
                .isEqualTo(errno);
    }

    @Test
    void takesBlockDeviceForPageCache() throws Exception {
        try (Loop loop = new Loop()) {
            try (CacheMemory memory = MappedMemory.open(loop.path)) {
                assertThat(memory.kind()).isEqualTo(CacheMemory.Kind.PAGE_CACHE);
                assertThat(memory.size()).isEqualTo(8 << 20);
                assertThat(memory.describe()).contains("block device");
                memory.putLong(4096, 42);
                memory.zero(8192, 100);
                memory.sync();
            }
            try (CacheMemory memory = MappedMemory.open(loop.path)) {
                assertThat(memory.getLong(4096)).isEqualTo(42);
            }
        }
    }

    @Test
    void refusesBlockDeviceThatIsInUse() throws Exception {
        try (Loop loop = new Loop()) {
            try (CacheMemory first = MappedMemory.open(loop.path)) {
                assertErrno(() -> MappedMemory.open(loop.path), Errno.EBUSY);
                assertThat(first.size()).isPositive();
            }
            MappedMemory.open(loop.path).close();
        }
    }

    @Test
    void refusesMountedBlockDevice() throws Exception {
        try (Loop loop = new Loop()) {
            run("mkfs.ext4", "-q", loop.path);
            Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
            run("mount", loop.path, mountPoint.toString());
            try {
                assertErrno(() -> MappedMemory.open(loop.path), Errno.EBUSY);
            } finally {
                run("umount", mountPoint.toString());
            }
        }
    }

    @Test
    void refusesReadOnlyBlockDevice() throws Exception {
        try (Loop loop = new Loop("--read-only")) {
            assertErrno(() -> MappedMemory.open(loop.path), Errno.EROFS);
        }
    }

    @Test
    void refusesFileOnReadOnlyFileSystem() throws Exception {
        try (Loop loop = new Loop()) {
            run("mkfs.ext4", "-q", loop.path);
            Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
            run("mount", loop.path, mountPoint.toString());
            try {
                Files.write(mountPoint.resolve("cache.img"), new byte[65536]);
                run("mount", "-o", "remount,ro", mountPoint.toString());
                assertErrno(
                        () -> MappedMemory.open(mountPoint.resolve("cache.img").toString()), Errno.EROFS);
            } finally {
                run("umount", mountPoint.toString());
            }
        }
    }

    @Test
    void reportsFullFileSystemUnderSparseFileAtTheStore() throws Exception {
        try (Loop loop = new Loop()) {
            run("mkfs.ext4", "-q", loop.path);
            Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
            run("mount", loop.path, mountPoint.toString());
            try {
                Path cache = mountPoint.resolve("cache.img");
                try (RandomAccessFile file = new RandomAccessFile(cache.toFile(), "rw")) {
                    file.setLength(64 << 20);
                }
                try (CacheMemory memory = MappedMemory.open(cache.toString())) {
                    assertThatThrownBy(() -> memory.zero(0, 64 << 20))
                            .isInstanceOf(CacheMemoryException.class)
                            .hasMessageContaining("ENOSPC");
                }
            } finally {
                run("umount", mountPoint.toString());
            }
        }
    }

    @Test
    void takesTmpfsForVolatileAndWarns() throws Exception {
        try (SharedMemoryFile file = SharedMemoryFile.create(65536);
                MappedMemory memory = MappedMemory.open(file.path().toString())) {
            assertThat(memory.kind()).isEqualTo(CacheMemory.Kind.VOLATILE);
            assertThat(memory.syncIsSlow()).isFalse();
            assertThat(memory.warning()).contains(file.path().toString(), "lost");
            memory.putInt(60000, 9);
            memory.sync();
            assertThat(memory.getInt(60000)).isEqualTo(9);
        }
    }

    @Test
    void anonymousMemoryLeavesNoFile() {
        try (CacheMemory memory = AnonymousMemory.create(544L << 20)) {
            memory.putLong(543L << 20, 1);
            assertThat(memory.getLong(543L << 20)).isEqualTo(1);
            assertThat(memory.getLong(100L << 20)).isZero();
            String path = memory.describe().substring(0, memory.describe().indexOf(':'));
            assertThat(Path.of(path)).doesNotExist();
        }
    }
}
