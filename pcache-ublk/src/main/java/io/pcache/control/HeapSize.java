package io.pcache.control;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** How much Java heap a target needs: it is all taken at the start, so that I/O never waits for memory. */
public final class HeapSize {
    /** For all but the index: code, buffers' owners, control. */
    public static final int BASE_MIB = 192;
    /** Of {@link #BASE_MIB}, what may be missing without harm. */
    public static final int SLACK_MIB = 128;

    /** The index takes up to 96 KiB for each 16 MiB segment, checksums and references some more. */
    private static final long CACHE_BYTES_PER_HEAP_BYTE = 128;
    /** A word for each 4 MiB of the device, rounded up. */
    private static final long BACKING_BYTES_PER_HEAP_BYTE = 1 << 18;

    private static final int SECTOR_BYTES = 512;
    private static final int S_IFMT = 0xf000;
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFREG = 0x8000;

    private HeapSize() {
    }

    /** For devices of these sizes. */
    public static int mebibytes(long cacheBytes, long backingBytes) {
        return (int) (BASE_MIB + (cacheBytes / CACHE_BYTES_PER_HEAP_BYTE + backingBytes / BACKING_BYTES_PER_HEAP_BYTE >> 20));
    }

    /** For a target that will be given this table; the default where its devices cannot be looked at. */
    public static int forTable(List<TableLine> lines) {
        int most = TargetLauncher.DEFAULT_HEAP_MIB;
        for (TableLine line : lines) {
            List<String> words = Words.split(line.args());
            if (line.type().equals("pcache") && words.size() >= 2) {
                most = Math.max(most, mebibytes(sizeOf(words.get(0)), sizeOf(words.get(1))));
            }
        }
        return most;
    }

    /** Bytes of a file, block device (its number will do) or device-DAX; 0 where that cannot be told, which whoever opens it will explain. */
    static long sizeOf(String word) {
        try {
            if (!word.startsWith("/")) {
                return word.indexOf('/') < 0 ? Long.parseLong(Files.readString(Path.of("/sys/dev/block", word, "size")).trim()) * SECTOR_BYTES : 0;
            }
            Path file = Path.of(word);
            int type = (Integer) Files.getAttribute(file, "unix:mode") & S_IFMT;
            if (type == S_IFCHR) {
                return Long.parseLong(Files.readString(Path.of("/sys/bus/dax/devices", file.toRealPath().getFileName().toString(), "size")).trim());
            }
            if (type != S_IFREG && type != S_IFBLK) {
                // Opening a pipe would wait for its other end.
                return 0;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.size();
            }
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }
}
