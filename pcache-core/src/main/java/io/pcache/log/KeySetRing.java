package io.pcache.log;

import io.pcache.sys.BootId;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The key-sets that are not on the medium yet, in a ring: open, or sealed and on their way. The ring is in memory of
 * this process, or in a mapped file. If the process is killed, a file outlives it: {@link CarryOver} then completes
 * what the process had accepted.
 *
 * <pre>
 *  0        8          24        32            40           48         64                64 + i * 5176
 *  +--------+----------+---------+-------------+------------+----------+----------- ... -+---------------+
 *  | magic  | boot id  | device  | activations | committed  | reserved | slot 0          | slot i        |
 *  |        |          | bytes   | (two)       |            |          |                 |               |
 *  +--------+----------+---------+-------------+------------+----------+----------- ... -+---------------+
 *
 *  magic        0 while nothing here is to be believed
 *  boot id      of the kernel: after a reboot, the page cache that held the data is gone
 *  activations  sequence numbers of the cache info, which each activation of a cache raises: if the device has any
 *               other number, the cache has been used without this file. Two, while one is being changed for the other
 *  committed    key-sets with a smaller number are on the medium
 * </pre>
 *
 * A process that is killed stops between two instructions, and nothing that the process has stored is lost. So only the
 * compiler must keep the order of the stores that make others valid. Magic, committed, a slot's number and its count of
 * keys are stored with release semantics, after all that they speak for.
 *
 * <p>The file is for this machine only, so it is in native byte order, which is little-endian on all machines that
 * pcache runs on. The only other process that goes on with the file is the successor, so the layout need not last.
 */
public final class KeySetRing {
    /** Number of key-sets that can be on their way. A power of two. */
    static final int SIZE = 64;

    private static final int MAGIC = 0;
    private static final int BOOT_ID = MAGIC + Long.BYTES;
    private static final int DEVICE_BYTES = BOOT_ID + 2 * Long.BYTES;
    private static final int ACTIVATIONS = DEVICE_BYTES + Long.BYTES;
    private static final int COMMITTED = ACTIVATIONS + Long.BYTES;
    private static final int SLOTS = 64;
    static final int BYTES = SLOTS + SIZE * KeySetBuffer.SLOT_BYTES;
    /** The last digits are the version of the layout. */
    private static final long MAGIC_VALUE = 0x70636b6579730001L;

    static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer bytes;
    /** Null if the ring is in memory of this process. */
    private final Path file;

    private final KeySetBuffer[] slots = new KeySetBuffer[SIZE];

    private KeySetRing(ByteBuffer bytes, Path file) {
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
        this.file = file;
        for (int i = 0; i < SIZE; i++) {
            slots[i] = new KeySetBuffer(this.bytes.slice(SLOTS + i * KeySetBuffer.SLOT_BYTES, KeySetBuffer.SLOT_BYTES));
        }
    }

    /** A ring that ends with the process. */
    public static KeySetRing inProcess() {
        return new KeySetRing(ByteBuffer.allocateDirect(BYTES), null);
    }

    /**
     * The ring in a file, which is made if there is none. All pages of the file are allocated here, so that appending
     * never waits for space, and never runs out of space.
     *
     * @param file best on tmpfs: the file need not survive a restart of the machine, and tmpfs writes its pages to no
     *     disk
     */
    public static KeySetRing in(Path file) throws IOException {
        boolean fresh = !Files.exists(file);
        try (FileChannel channel = fresh
                ? FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() != BYTES) {
                channel.truncate(0);
                fill(channel);
            }
            ByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES);
            lock(mapping);
            return new KeySetRing(mapping, file);
        }
    }

    /** A copy of what a file holds, for looking at; null if there is no file, or if its content cannot be a ring. */
    public static KeySetRing copyOf(Path file) throws IOException {
        try {
            byte[] content = Files.readAllBytes(file);
            return content.length == BYTES
                    ? new KeySetRing(
                            ByteBuffer.allocateDirect(BYTES).put(content).flip(), null)
                    : null;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Locks the ring in memory. Swapped out, the ring could keep a write waiting for memory that only writes can free.
     */
    private static void lock(ByteBuffer mapping) {
        try {
            SystemCalls.linux().mlock(NativeMemory.address(mapping), mapping.capacity());
        } catch (SystemCallException e) {
            // The user may not lock that much. The ring is slower then when memory is short, and nothing worse.
            return;
        }
    }

    private static void fill(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(BYTES);
        while (zeros.hasRemaining()) {
            channel.write(zeros, zeros.position());
        }
    }

    /**
     * Whether a file can hold something of use. If the machine was booted since, the page cache with the data of its
     * key-sets is lost.
     */
    public static boolean isOfThisBoot(Path file) throws IOException {
        ByteBuffer header;
        try (InputStream in = Files.newInputStream(file)) {
            header = ByteBuffer.wrap(in.readNBytes(DEVICE_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        }
        // A file that is empty or half made belongs to a process that is about to use it.
        if (header.capacity() < DEVICE_BYTES || header.getLong(MAGIC) != MAGIC_VALUE) {
            return true;
        }
        BootId boot = BootId.read();
        return header.getLong(BOOT_ID) == boot.high() && header.getLong(BOOT_ID + Long.BYTES) == boot.low();
    }

    /**
     * Whether the key-sets here were accepted by the newest activation of a cache device, and since this machine was
     * booted.
     */
    boolean isOf(long deviceBytes, byte activation) throws IOException {
        if ((long) LONG.getAcquire(bytes, MAGIC) != MAGIC_VALUE) {
            return false;
        }
        BootId boot = BootId.read();
        long activations = bytes.getLong(ACTIVATIONS);
        return bytes.getLong(BOOT_ID) == boot.high()
                && bytes.getLong(BOOT_ID + Long.BYTES) == boot.low()
                && bytes.getLong(DEVICE_BYTES) == deviceBytes
                && ((int) activations == activation || (int) (activations >> Integer.SIZE) == activation);
    }

    /**
     * Empties the ring, for an activation of a cache device.
     *
     * @param activation the sequence number of the cache info, as it is on the device now
     */
    public void begin(long deviceBytes, byte activation) throws IOException {
        LONG.setRelease(bytes, MAGIC, 0L);
        VarHandle.releaseFence();
        for (KeySetBuffer slot : slots) {
            slot.clear();
        }
        if (file != null) {
            BootId boot = BootId.read();
            bytes.putLong(BOOT_ID, boot.high()).putLong(BOOT_ID + Long.BYTES, boot.low());
        }
        bytes.putLong(DEVICE_BYTES, deviceBytes).putLong(COMMITTED, 0);
        bindTo(activation, activation);
        LONG.setRelease(bytes, MAGIC, MAGIC_VALUE);
    }

    /**
     * Binds the ring to the cache info's sequence number, which is about to become {@code next}, or surely is (both the
     * same).
     */
    public void bindTo(byte activation, byte next) {
        LONG.setRelease(bytes, ACTIVATIONS, activation & 0xFFFFFFFFL | (long) next << Integer.SIZE);
    }

    /** The buffer of a key-set by its number, counted from 0 since activation. */
    KeySetBuffer keySet(long number) {
        return slots[(int) number & SIZE - 1];
    }

    long committed() {
        return (long) LONG.getAcquire(bytes, COMMITTED);
    }

    /** Notes that all key-sets before {@code number} are on the medium. */
    void committed(long number) {
        LONG.setRelease(bytes, COMMITTED, number);
    }

    /**
     * Cleans up after an activation that failed. A file that was made for the activation is deleted; a file that a
     * predecessor has left stays for the next try.
     */
    public void discardUnused() {
        if (file != null && (long) LONG.getAcquire(bytes, MAGIC) == 0) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // A file that stays holds nothing, and every reader sees that.
                return;
            }
        }
    }

    /** Deletes the file, when nothing is left to complete. */
    public void discard() throws IOException {
        LONG.setRelease(bytes, MAGIC, 0L);
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
