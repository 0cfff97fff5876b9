package io.pcache.media;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Writes streams that are mostly zero, so that zero blocks take neither time nor disk space. */
final class SparseFile {

    /** A page: the unit in which file systems make holes. */
    private static final int BLOCK = 4096;

    private static final int CHUNK = 256 * BLOCK;
    private static final byte[] ZEROES = new byte[CHUNK];

    private SparseFile() {}

    /** Copies the whole stream into a new file, which replaces any file of this name. */
    static void write(InputStream in, Path target) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long length = 0;
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (int read; (read = in.readNBytes(chunk, 0, CHUNK)) > 0; length += read) {
                writeData(out, length, chunk, read);
            }
            extendTo(out, length);
        }
    }

    private static void writeData(FileChannel out, long position, byte[] chunk, int length) throws IOException {
        int at = 0;
        while (at < length) {
            int firstDifference = Arrays.mismatch(chunk, at, length, ZEROES, at, length);
            if (firstDifference < 0) {
                return;
            }
            int from = (at + firstDifference) / BLOCK * BLOCK;
            int to = from;
            do {
                to = Math.min(to + BLOCK, length);
            } while (to < length && !isZero(chunk, to, Math.min(to + BLOCK, length)));
            ByteBuffer data = ByteBuffer.wrap(chunk, from, to - from);
            while (data.hasRemaining()) {
                out.write(data, position + data.position());
            }
            at = to;
        }
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        return Arrays.equals(bytes, from, to, ZEROES, from, to);
    }

    private static void extendTo(FileChannel out, long length) throws IOException {
        if (out.size() < length) {
            out.write(ByteBuffer.allocate(1), length - 1);
        }
    }
}
