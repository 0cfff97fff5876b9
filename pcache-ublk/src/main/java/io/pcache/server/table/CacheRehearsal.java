package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.CacheDisk;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheException;
import io.pcache.engine.Rehearsal;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.ring.BackingOpener;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Has the JVM compile the code of I/O before the device appears: once in a process, for {@value #DEFAULT_MS} ms at
 * most. The system property {@code pcache.rehearsal.ms} sets another time, 0 for none. A target that takes over from a
 * dead one does without, since clients are waiting.
 */
public final class CacheRehearsal {
    private static final Logger LOG = System.getLogger(CacheRehearsal.class.getName());
    private static final int DEFAULT_MS = 600;

    private final Path folder;
    private final Rehearsal.Player player;
    private final int limitMs;
    private boolean done;

    /** @param folder for scratch files */
    public CacheRehearsal(Path folder, Rehearsal.Player player) {
        this(folder, player, Integer.getInteger("pcache.rehearsal.ms", DEFAULT_MS));
    }

    CacheRehearsal(Path folder, Rehearsal.Player player, int limitMs) {
        this.folder = folder;
        this.player = player;
        this.limitMs = limitMs;
    }

    /** A rehearsal that does nothing. */
    public static CacheRehearsal none() {
        return new CacheRehearsal(null, null, 0);
    }

    private int rehearse(MappedMemory mapped, Path file, CacheIo cacheIo, boolean dataCrc)
            throws IOException, PCacheException {
        BackingDevice backing = BackingOpener.open(file.toString(), false);
        MappedMemory scratch = null;
        CacheDisk transfers = null;
        try {
            scratch = mapped.scratch(Rehearsal.CACHE_BYTES);
            transfers = cacheIo == CacheIo.DIRECT ? BackingOpener.openAgain(scratch.path()) : null;
        } catch (IOException | RuntimeException | Error e) {
            if (scratch != null) {
                scratch.close();
            }
            backing.close();
            throw e;
        }
        return Rehearsal.run(scratch, transfers, backing, dataCrc, TimeUnit.MILLISECONDS.toNanos(limitMs), player);
    }

    /**
     * @param memory of the cache device that is about to be used
     * @param cacheIo how the data of this device will be stored and loaded; null where neither way is taken
     */
    void run(CacheMemory memory, CacheIo cacheIo, boolean dataCrc) {
        if (done || limitMs <= 0 || !(memory instanceof MappedMemory mapped)) {
            return;
        }
        done = true;
        Path file = folder.resolve("rehearsal");
        try {
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                sparse.setLength(Rehearsal.BACKING_BYTES);
            }
            long start = System.nanoTime();
            int rounds = rehearse(mapped, file, cacheIo, dataCrc);
            LOG.log(
                    Level.INFO,
                    "rehearsed " + rounds + " writes and reads in "
                            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
        } catch (IOException | PCacheException | RuntimeException | InternalError e) {
            // The cache works without a rehearsal; only the first requests are slower.
            LOG.log(Level.WARNING, "no rehearsal: " + e);
        }
        // The scratch cache's buffers, 15 MiB outside of the heap, and 15 MiB more with transfers, go with the objects
        // that own them: now, and not in a client's time.
        System.gc();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "cannot delete " + file + ": " + e.getMessage());
        }
    }
}
