package io.pcache.crash;

import io.pcache.media.DeviceLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The surroundings of a cache, and what is known of the cache: both devices, what was written, and what the last
 * session left.
 */
final class World {
    SimulatedMemory memory;
    CrashBacking backing;
    History history;
    CacheMode mode;
    /** Whether each session has a mode of its own. */
    boolean modesChange;
    /**
     * The time, by the history's clock, from which on the backing device alone has all that was flushed;
     * {@link History#NEVER} if it need not.
     */
    long throughSince = History.NEVER;
    /** The GC percents that the device may have: the value in force, and the value that is being stored. */
    int[] gcPercents = {DeviceLayout.GC_PERCENT_DEFAULT};
    /**
     * The file in which a session keeps, in half of the runs, what a successor is to complete if the session is killed;
     * null for none.
     */
    Path carryOver;
    /** What the last session has left in {@link #carryOver}; null if that was nothing, or is lost with the machine. */
    byte[] carriedOver;
    /** Whether all that ended, in the session or before it, outlives the process. */
    boolean keepsAll;
    /** Whether all that ended is durable in the cache, flushed or not. */
    boolean durableAtOnce;
    /** Whether data goes to the cache device by transfers past the page cache. */
    boolean direct;
    /** Whether syncs of the cache device fail from now on. */
    boolean syncsFail;

    /** Puts what a predecessor has left where its successor looks for it. */
    void putCarriedOver(byte[] content) throws IOException {
        if (content != null) {
            Files.write(carryOver, content);
        } else if (carryOver != null) {
            Files.deleteIfExists(carryOver);
        }
    }

    byte[] readCarryOver() {
        try {
            // The file does not exist before the session's activation has made it.
            return carryOver == null || !Files.exists(carryOver) ? null : Files.readAllBytes(carryOver);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
