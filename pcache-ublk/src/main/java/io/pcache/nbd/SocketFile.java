package io.pcache.nbd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;

/** A listening Unix-domain socket and its file, which has mode 0600 from the first moment on. */
final class SocketFile implements AutoCloseable {
    private static final int BACKLOG = 128;
    /** {@code sun_path} has 108 bytes, the last one for NUL. */
    private static final int MAX_PATH_BYTES = 107;

    private final Path path;
    private final Object fileKey;
    private final ServerSocketChannel channel;

    private SocketFile(Path path, Object fileKey, ServerSocketChannel channel) {
        this.path = path;
        this.fileKey = fileKey;
        this.channel = channel;
    }

    /**
     * Listens. Java has no umask, so between bind and chmod anybody could connect. Therefore the file is made in a
     * directory that only the owner can enter, and gets its name when the mode is right.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is a file of this name, used or not
     */
    static SocketFile listen(Path path) throws IOException {
        Path absolute = path.toAbsolutePath();
        String name = "." + Integer.toHexString(ThreadLocalRandom.current().nextInt(0x1000, 0x10000));
        Path directory = absolute.resolveSibling(name);
        Path unnamed = directory.resolve("s");
        int excess = Math.max(lengthBytes(absolute), lengthBytes(unnamed)) - MAX_PATH_BYTES;
        if (excess > 0) {
            throw new IOException("the path of the NBD socket is " + excess + " bytes too long: " + absolute);
        }
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(unnamed), BACKLOG);
            Files.setPosixFilePermissions(unnamed, PosixFilePermissions.fromString("rw-------"));
            Object fileKey = fileKey(unnamed);
            Files.createLink(absolute, unnamed);
            return new SocketFile(absolute, fileKey, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        } finally {
            Files.deleteIfExists(unnamed);
            Files.delete(directory);
        }
    }

    ServerSocketChannel channel() {
        return channel;
    }

    /** Stops listening and removes the file, unless the file is another server's by now. */
    @Override
    public void close() throws IOException {
        channel.close();
        try {
            if (fileKey.equals(fileKey(path))) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // Another process has removed the file.
        }
    }

    private static int lengthBytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static Object fileKey(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }
}
