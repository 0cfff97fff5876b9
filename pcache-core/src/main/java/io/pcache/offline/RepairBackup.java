package io.pcache.offline;

import io.pcache.media.Checksum;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What a repair overwrites, in a text file of lines:
 *
 * <pre>
 *  pcache-repair-backup 1
 *  device /dev/pmem0
 *  size 570425344
 *  range 8192 24                 device offset and length in bytes, decimal; then, in hexadecimal,
 *  old 9667577c00000000…         what stood there, or - where the device failed to read it
 *  new 5ad1cb3301000000…         what was written
 *  range …
 *  end 3f5a01c2                  checksum of the lines before, as the media format computes it
 * </pre>
 *
 * @param device the path at the time, for people
 * @param size of the device in bytes
 */
public record RepairBackup(String device, long size, List<Range> ranges) {
    private static final String FIRST_LINE = "pcache-repair-backup 1";
    /** Most bytes of a file that is read: far more than the structures of the largest cache take. */
    private static final long MOST_BYTES = 1L << 30;

    /**
     * A range that was overwritten.
     *
     * @param old null if the range could not be read
     */
    public record Range(long offset, byte[] old, byte[] written) {}

    /**
     * Writes a new file and makes it durable. If this fails, the file is removed.
     *
     * @throws java.nio.file.FileAlreadyExistsException if there is a file of this name
     */
    public void write(Path file) throws IOException {
        HexFormat hex = HexFormat.of();
        StringBuilder text = new StringBuilder(FIRST_LINE)
                .append("\ndevice ")
                .append(device.replace('\n', ' '))
                .append("\nsize ")
                .append(size)
                .append('\n');
        for (Range range : ranges) {
            text.append("range ")
                    .append(range.offset)
                    .append(' ')
                    .append(range.written.length)
                    .append("\nold ")
                    .append(range.old == null ? "-" : hex.formatHex(range.old))
                    .append("\nnew ")
                    .append(hex.formatHex(range.written))
                    .append('\n');
        }
        int checksum = checksum(text);
        text.append("end ").append(hex.toHexDigits(checksum)).append('\n');
        boolean done = false;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            try {
                write(channel, text);
                makeNameDurable(file);
                done = true;
            } finally {
                if (!done) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static void makeNameDurable(Path file) throws IOException {
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void write(FileChannel channel, CharSequence text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }

    private static int checksum(CharSequence text) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        return new Checksum().of(bytes, 0, bytes.limit());
    }

    /**
     * Reads a file.
     *
     * @throws IOException also if the file is no repair backup, or is damaged; the message is fit for people
     */
    public static RepairBackup read(Path file) throws IOException {
        // To open a FIFO would mean to wait for a writer. A device has no end.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException(file + " is not a repair backup: it is not a regular file");
        }
        requireFirstLine(file);
        String text;
        try {
            text = Files.readString(file);
        } catch (UncheckedIOException | java.nio.charset.CharacterCodingException e) {
            throw new IOException(file + " is not a repair backup", e);
        }
        int end = text.lastIndexOf("end ");
        if (end < 0) {
            throw new IOException(file + " is not a repair backup, or not all of one: it has no last line");
        }
        try {
            if (HexFormat.fromHexDigits(text.substring(end + 4).trim()) != checksum(text.substring(0, end))) {
                throw new IOException(file + " was changed: its checksum does not hold");
            }
            return parse(text.substring(0, end).split("\n"));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is not a repair backup: " + e.getMessage(), e);
        }
    }

    /** Checks the first line before the whole file is read: the file may be a cache. */
    private static void requireFirstLine(Path file) throws IOException {
        byte[] expected = (FIRST_LINE + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] found;
        try (InputStream in = Files.newInputStream(file)) {
            found = in.readNBytes(expected.length);
        }
        if (!Arrays.equals(found, expected)) {
            throw new IOException(file + " is not a repair backup: it does not begin with '" + FIRST_LINE + "'");
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is not a repair backup: it has " + Files.size(file) + " bytes");
        }
    }

    private static RepairBackup parse(String[] lines) {
        String device = lines[1].substring("device ".length());
        long size = Long.parseLong(lines[2].substring("size ".length()));
        List<Range> ranges = new ArrayList<>();
        for (int i = 3; i < lines.length; i += 3) {
            String[] place = lines[i].split(" ");
            String old = lines[i + 1].substring("old ".length());
            byte[] written = HexFormat.of().parseHex(lines[i + 2].substring("new ".length()));
            byte[] before = old.equals("-") ? null : HexFormat.of().parseHex(old);
            if (!place[0].equals("range")
                    || Integer.parseInt(place[2]) != written.length
                    || before != null && before.length != written.length) {
                throw new IllegalArgumentException("line " + (i + 1) + ": " + lines[i]);
            }
            ranges.add(new Range(Long.parseLong(place[1]), before, written));
        }
        return new RepairBackup(device, size, ranges);
    }
}
