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
 * A file that a process holds locked while the process lives, with its process number inside. The kernel unlocks the
 * file however the process ends. So the living and the dead can be told apart without trust in process numbers.
 *
 * <p>These locks are POSIX record locks: they belong to the process, and closing <em>any</em> descriptor of the file
 * drops the lock. So a process never opens a second time a file that it holds. {@link #HELD} knows these files, and
 * keeps their channels reachable: the collection of a channel would close its descriptor, and the lock would be gone in
 * the middle of its holder's life.
 */
public final class LivenessLock implements AutoCloseable {
    private static final Map<Path, LivenessLock> HELD = new ConcurrentHashMap<>();

    private final Path path;
    private FileChannel channel;

    private LivenessLock(Path path) {
        this.path = path;
    }

    /**
     * Takes the lock. Waits for a process that only probes the lock.
     *
     * @throws IOException when the file cannot be made, or this process holds the lock already
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
     * Whether a living process has the file locked. The probe takes a shared lock, so that two probers do not take each
     * other for a holder.
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

    /** The process that has the file locked; 0 where no process has, or the process cannot be told. */
    static long holder(Path file) {
        Path path = file.toAbsolutePath();
        if (HELD.containsKey(path)) {
            return ProcessHandle.current().pid();
        }
        try {
            return isHeld(path) ? Long.parseLong(new String(Files.readAllBytes(path), StandardCharsets.US_ASCII)) : 0;
        } catch (IOException | NumberFormatException e) {
            // The file has been created, but its holder has not written yet; or the file is gone by now.
            return 0;
        }
    }

    /**
     * Empties the file. For processes that have the file open, this tells the end of the holder's work from the
     * holder's death.
     */
    void empty() throws IOException {
        channel.truncate(0);
    }

    @Override
    public void close() throws IOException {
        // In this order, because a prober in this process must not open the file while the lock is still needed.
        channel.close();
        HELD.remove(path);
    }
}
