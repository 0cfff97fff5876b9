package io.pcache.control;

import io.pcache.cache.MemoryNeeds;
import io.pcache.media.DeviceLayout;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The size of a target's Java heap. The target takes the whole heap at the start, so that I/O never waits for memory.
 * The heap is for what the cache needs there (little, see {@link MemoryNeeds}) and for {@link #BASE_MIB}. Memory that
 * grows with the cache's contents is outside of the heap; {@link MemoryPlan} adds up all.
 */
public final class HeapSize {
    /** The young generation, for the garbage of commands and answers. */
    public static final int YOUNG_MIB = 12;
    /**
     * For all but the cache: the young generation, code, the objects that own buffers, control. Of the 16 MiB beside
     * the young generation, about 5 were in use.
     */
    public static final int BASE_MIB = YOUNG_MIB + 16;
    /** The part of {@link #BASE_MIB} that may be missing without harm. */
    public static final int SLACK_MIB = 8;

    static final int S_IFMT = 0xf000;
    static final int S_IFCHR = 0x2000;
    static final int S_IFBLK = 0x6000;
    private static final int S_IFREG = 0x8000;

    private HeapSize() {}

    /** The heap for devices of these sizes. */
    public static int mebibytes(long cacheBytes, long backingBytes) {
        return BASE_MIB + (int) (MemoryNeeds.heapBytes(cacheBytes, backingBytes) + (1 << 20) - 1 >> 20);
    }

    /**
     * The heap for a target that will be given this table; the default where the table's devices cannot be looked at.
     */
    public static int forTable(List<TableLine> lines) {
        int most = 0;
        for (TableLine line : lines) {
            List<String> words = ArgumentWords.split(line.args());
            long cacheBytes = line.type().equals("pcache") && words.size() >= 2 ? sizeOf(words.get(0)) : 0;
            if (cacheBytes > 0) {
                most = Math.max(most, mebibytes(cacheBytes, sizeOf(words.get(1))));
            }
        }
        return most > 0 ? most : TargetLauncher.DEFAULT_HEAP_MIB;
    }

    /**
     * The size in bytes of a file, a block device (also by number) or device-DAX; 0 where the size cannot be told.
     * Whoever opens the device later will say why.
     */
    static long sizeOf(String word) {
        try {
            if (!word.startsWith("/")) {
                return word.indexOf('/') < 0
                        ? Long.parseLong(Files.readString(Path.of("/sys/dev/block", word, "size"))
                                        .trim())
                                * DeviceLayout.SECTOR_BYTES
                        : 0;
            }
            Path file = Path.of(word);
            int type = (Integer) Files.getAttribute(file, "unix:mode") & S_IFMT;
            if (type == S_IFCHR) {
                return Long.parseLong(Files.readString(Path.of(
                                "/sys/bus/dax/devices",
                                file.toRealPath().getFileName().toString(),
                                "size"))
                        .trim());
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
