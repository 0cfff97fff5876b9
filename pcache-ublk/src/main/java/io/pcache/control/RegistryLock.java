package io.pcache.control;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/** Held while names, uuids and minors are looked at and changed. Keeps apart processes, and threads of this process. */
public final class RegistryLock implements AutoCloseable {
    /** Keeps apart the threads of one process, which file locks do not. */
    private static final ReentrantLock THREADS = new ReentrantLock();

    private final FileChannel channel;

    private RegistryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits for the lock: holders do no more than a few file operations. */
    public static RegistryLock acquire(RunDirectory directory) throws ControlException {
        Path file = directory.lock();
        THREADS.lock();
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.lock();
            return new RegistryLock(channel);
        } catch (IOException e) {
            closeQuietly(channel);
            THREADS.unlock();
            throw ControlException.ofFile("cannot lock " + file, e);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The descriptor is gone in any case, and with it the lock.
            return;
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
        THREADS.unlock();
    }
}
