package io.pcache.server.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that becomes {@code NAME.1} when it has reached its limit, in place of an earlier {@code NAME.1}. Failures are
 * passed over: what can be written later is written later.
 */
final class RotatingFile {
    private final Path path;
    private final long limitBytes;
    private FileChannel channel;
    private long size;

    RotatingFile(Path path, long limitBytes) {
        this.path = path;
        this.limitBytes = limitBytes;
    }

    void append(byte[] bytes) {
        try {
            if (channel == null) {
                open();
            }
            if (size > 0 && size + bytes.length > limitBytes) {
                rotate();
            }
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                size += channel.write(rest);
            }
        } catch (IOException e) {
            // A full disk, most likely. There is no other place to complain at.
            reopenNextTime();
        }
    }

    private void open() throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        size = channel.size();
    }

    private void rotate() throws IOException {
        channel.close();
        channel = null;
        Files.move(path, path.resolveSibling(path.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        open();
    }

    private void reopenNextTime() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The descriptor is gone in any case.
            channel = null;
        }
        channel = null;
    }
}
