package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetBuffer;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.metadata.RecordKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * Makes a cache image from pieces, even damaged ones, for tests. The image is a new sparse file. Checksums that are not
 * given are computed.
 *
 * <p>The image has no superblock until it is {@linkplain #finish finished}, so that a file left by a killed process is
 * not taken for a cache. An image that is closed unfinished is removed.
 */
public final class ImageWriter implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final Checksum checksum = new Checksum();
    private final KeySetBuffer keySet = new KeySetBuffer();
    /** Null if the image gets no superblock. */
    private ByteBuffer superblock;

    private boolean finished;

    /** @throws java.nio.file.FileAlreadyExistsException if there is a file of this name */
    public ImageWriter(Path file, long size) throws IOException {
        if (size < DeviceLayout.SEGMENTS) {
            throw new IOException("an image of " + size + " bytes holds no cache");
        }
        this.size = size;
        this.file = file;
        this.channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean done = false;
        try {
            channel.write(ByteBuffer.allocate(1), size - 1);
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** @param crc null to compute the checksum */
    public void superblock(Integer crc, int flags, long magic, int segNum, int padding) throws IOException {
        ByteBuffer bytes = allocate(SuperblockLayout.BYTES);
        bytes.putInt(SuperblockLayout.FLAGS, flags)
                .putLong(SuperblockLayout.MAGIC, magic)
                .putInt(SuperblockLayout.SEG_NUM, segNum)
                .putInt(SuperblockLayout.PADDING, padding);
        bytes.putInt(
                SuperblockLayout.CRC,
                crc != null
                        ? crc
                        : checksum.of(
                                bytes,
                                SuperblockLayout.CHECKSUMMED,
                                SuperblockLayout.BYTES - SuperblockLayout.CHECKSUMMED));
        superblock = bytes;
    }

    /**
     * Writes a copy of a structure.
     *
     * @param segment physical segment, for structures that segments have
     * @param values of {@link RecordKind#fields}
     * @param crc null to compute the checksum
     */
    public void copy(
            RecordKind kind, int segment, int copy, Integer crc, int seq, int version, int reserved, long[] values)
            throws IOException {
        ByteBuffer bytes = allocate(kind.bytes());
        bytes.put(HeaderLayout.SEQ, (byte) seq)
                .put(HeaderLayout.VERSION, (byte) version)
                .putShort(HeaderLayout.RESERVED, (short) reserved);
        List<RecordKind.Field> fields = kind.fields();
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).bytes() == Long.BYTES) {
                bytes.putLong(fields.get(i).offset(), values[i]);
            } else {
                bytes.putInt(fields.get(i).offset(), (int) values[i]);
            }
        }
        bytes.putInt(
                HeaderLayout.CRC,
                crc != null
                        ? crc
                        : checksum.of(bytes, HeaderLayout.CHECKSUMMED, kind.bytes() - HeaderLayout.CHECKSUMMED));
        write(kind.place(segment, copy), bytes);
    }

    /** Begins a key-set. */
    public void beginKeySet() {
        keySet.open(0, 0, -1);
    }

    /** Adds a key to the key-set. */
    public void key(Key key) throws IOException {
        if (keySet.isFull()) {
            throw new IOException("a key-set has at most " + KeySetLayout.MAX_KEYS + " keys");
        }
        keySet.add(key.offset, key.length, key.flags, key.segment, key.place, key.generation, key.dataCrc);
        keySet.bytes.putInt(keySet.length() - KeyLayout.BYTES + KeyLayout.RESERVED, key.reserved);
    }

    /**
     * Writes the key-set.
     *
     * @param crc null to compute the checksum
     */
    public void endKeySet(long offset, Integer crc, long flags) throws IOException {
        keySet.finish(checksum);
        finish(offset, crc, flags, keySet.length());
    }

    /**
     * Writes a LAST key-set.
     *
     * @param next the segment that the key-set names
     */
    public void last(long offset, Integer crc, long flags, int next) throws IOException {
        KeySetBuffer.fillLast(keySet.bytes, next, checksum);
        finish(offset, crc, flags, KeySetLayout.HEADER_BYTES);
    }

    private void finish(long offset, Integer crc, long flags, int length) throws IOException {
        keySet.bytes.putLong(KeySetLayout.FLAGS, flags);
        keySet.bytes.putInt(
                KeySetLayout.CRC,
                crc != null
                        ? crc
                        : checksum.of(keySet.bytes, KeySetLayout.CHECKSUMMED, length - KeySetLayout.CHECKSUMMED));
        write(offset, keySet.bytes.duplicate().limit(length));
    }

    /** Writes bytes as they are. */
    public void bytes(long offset, byte[] bytes) throws IOException {
        write(offset, ByteBuffer.wrap(bytes));
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void write(long offset, ByteBuffer bytes) throws IOException {
        try {
            Objects.checkFromIndexSize(offset, bytes.remaining(), size);
        } catch (IndexOutOfBoundsException e) {
            throw new IOException(
                    bytes.remaining() + " bytes at " + offset + " do not fit an image of " + size + " bytes", e);
        }
        for (long at = offset; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }

    /** Makes the image durable, and makes it a cache. To be called when everything is written. */
    public void finish() throws IOException {
        channel.force(true);
        if (superblock != null) {
            write(DeviceLayout.SUPERBLOCK, superblock);
            channel.force(true);
        }
        finished = true;
    }

    /** Closes the image, and removes it if it was not {@linkplain #finish finished}. */
    @Override
    public void close() throws IOException {
        try (channel) {
            if (!finished) {
                Files.deleteIfExists(file);
            }
        }
    }
}
