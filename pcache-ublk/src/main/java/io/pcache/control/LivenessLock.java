package io.pcache.control;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that a process holds locked while it lives, with its process number inside. The kernel lets go of it however
 * the process ends, so that the living and the dead can be told apart without trusting process numbers.
 *
 * <p>These are POSIX record locks: they belong to the process, and closing <em>any</em> descriptor of the file drops
 * them. A file that this process holds is therefore never opened a second time. {@link #HELD} knows them, and keeps
 * their channels reachable: a channel that is collected closes its descriptor, and the lock would be gone in the middle
 * of its holder's life.
 */
public final class LivenessLock implements AutoCloseable {
    private static final Map<Path, LivenessLock> HELD = new ConcurrentHashMap<>();

    private final Path path;
    private FileChannel channel;

    private LivenessLock(Path path) {
        this.path = path;
    }

    /**
     * Takes the lock, and waits for who only probes it.
     *
     * @throws IOException when the file cannot be made, or this process holds it already
     */
    public static LivenessLock acquire(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        LivenessLock lock = new LivenessLock(path);
        if (HELD.putIfAbsent(path, lock) != null) {
            throw new IOException(path + " is held by this process");
        }
        try {
            lock.channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            lock.channel.lock();
            lock.channel
                    .truncate(0)
                    .write(StandardCharsets.US_ASCII.encode(
                            Long.toString(ProcessHandle.current().pid())));
            return lock;
        } catch (IOException | RuntimeException e) {
            if (lock.channel != null) {
                lock.channel.close();
            }
            HELD.remove(path);
            throw e;
        }
    }

    /**
     * Whether a living process has the file locked. Shared among probers, so that they do not take each other for a
     * holder.
     */
    static boolean isHeld(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        if (HELD.containsKey(path)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (NoSuchFileException e) {
            return false;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    /** The process that has the file locked; 0 where none has, or it cannot be told. */
    static long holder(Path file) {
        Path path = file.toAbsolutePath();
        if (HELD.containsKey(path)) {
            return ProcessHandle.current().pid();
        }
        try {
            return isHeld(path) ? Long.parseLong(new String(Files.readAllBytes(path), StandardCharsets.US_ASCII)) : 0;
        } catch (IOException | NumberFormatException e) {
            // Between its creation and its holder's first write, or gone by now.
            return 0;
        }
    }

    /** Leaves the file empty: to who has it open, that tells the holder's end from its death. */
    void empty() throws IOException {
        channel.truncate(0);
    }

    @Override
    public void close() throws IOException {
        // In this order: a prober in this process must not open the file while the lock is still needed.
        channel.close();
        HELD.remove(path);
    }
}
