package io.pcache.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The bytes of a device. Only pages that were written take memory. {@link #copy} costs one reference for each 2 MiB of
 * the device; a page is copied when one of the two images is written to afterwards. Not thread-safe, not even for
 * copies that share pages (except for reads).
 */
final class SparseImage {
    static final int PAGE_BYTES = 4096;
    private static final int PAGE_SHIFT = 12;
    private static final int BLOCK_SHIFT = PAGE_SHIFT + 9;
    private static final int PAGES_PER_BLOCK = 1 << (BLOCK_SHIFT - PAGE_SHIFT);
    private static final ByteBuffer ZEROS =
            ByteBuffer.allocate(PAGE_BYTES).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);

    /**
     * Only the image that has a page's token, or a block's, may change the page or the block; all other images copy it
     * first.
     */
    private record Page(Object owner, ByteBuffer bytes) {}

    private record Block(Object owner, Page[] pages) {}

    private final long size;
    private final Block[] blocks;
    private Object token = new Object();

    SparseImage(long size) {
        this(size, new Block[Math.toIntExact((size + (1L << BLOCK_SHIFT) - 1) >>> BLOCK_SHIFT)]);
    }

    private SparseImage(long size, Block[] blocks) {
        this.size = size;
        this.blocks = blocks;
    }

    long size() {
        return size;
    }

    SparseImage copy() {
        token = new Object();
        return new SparseImage(size, blocks.clone());
    }

    /** The page with this offset, for reading: little-endian, 4096 bytes. */
    ByteBuffer page(long offset) {
        Block block = blocks[(int) (offset >>> BLOCK_SHIFT)];
        if (block == null) {
            return ZEROS;
        }
        Page page = block.pages[pageInBlock(offset)];
        return page == null ? ZEROS : page.bytes;
    }

    /** Whether the page with this offset takes memory: all others are full of zeros. */
    boolean isStored(long offset) {
        return page(offset) != ZEROS;
    }

    private ByteBuffer writablePage(long offset) {
        int blockIndex = (int) (offset >>> BLOCK_SHIFT);
        Block block = blocks[blockIndex];
        if (block == null || block.owner != token) {
            block = new Block(token, block == null ? new Page[PAGES_PER_BLOCK] : block.pages.clone());
            blocks[blockIndex] = block;
        }
        int pageIndex = pageInBlock(offset);
        Page page = block.pages[pageIndex];
        if (page == null || page.owner != token) {
            ByteBuffer bytes = ByteBuffer.allocate(PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            if (page != null) {
                bytes.put(0, page.bytes, 0, PAGE_BYTES);
            }
            page = new Page(token, bytes);
            block.pages[pageIndex] = page;
        }
        return page.bytes;
    }

    private static int pageInBlock(long offset) {
        return (int) (offset >>> PAGE_SHIFT) & (PAGES_PER_BLOCK - 1);
    }

    static int indexInPage(long offset) {
        return (int) offset & (PAGE_BYTES - 1);
    }

    void read(long offset, ByteBuffer target, int targetIndex, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        for (int done = 0, piece; done < length; done += piece) {
            long at = offset + done;
            piece = Math.min(PAGE_BYTES - indexInPage(at), length - done);
            target.put(targetIndex + done, page(at), indexInPage(at), piece);
        }
    }

    void write(long offset, ByteBuffer source, int sourceIndex, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        for (int done = 0, piece; done < length; done += piece) {
            long at = offset + done;
            piece = Math.min(PAGE_BYTES - indexInPage(at), length - done);
            writablePage(at).put(indexInPage(at), source, sourceIndex + done, piece);
        }
    }

    /** Writes a sparse file with these bytes, for a look with a tool after a test has failed. */
    void writeTo(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
                FileChannel channel = file.getChannel()) {
            file.setLength(size);
            for (long offset = 0; offset < size; offset += PAGE_BYTES) {
                ByteBuffer page = page(offset);
                if (page != ZEROS) {
                    channel.write(page.duplicate().clear().limit((int) Math.min(PAGE_BYTES, size - offset)), offset);
                }
            }
        }
    }
}
