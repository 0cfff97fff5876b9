package io.pcache.crash;

import io.pcache.media.DeviceLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a cache lives in, and what is known of it: both devices, what was written, and what the last session left. */
final class World {
    SimulatedMemory memory;
    CrashBacking backing;
    History history;
    CacheMode mode;
    /** Whether each session has a mode of its own. */
    boolean modesChange;
    /**
     * Since when, by the history's clock, the backing device alone has what was flushed; {@link History#NEVER} if it
     * need not.
     */
    long throughSince = History.NEVER;
    /** GC percent that the device may have: the one in force, and the one that is being stored. */
    int[] gcPercents = {DeviceLayout.GC_PERCENT_DEFAULT};
    /**
     * Where a session keeps, in half of the runs, what a successor is to complete if it is killed; null for nowhere.
     */
    Path carryOver;
    /** What the last session has left there; null if that was nothing, or is lost with the machine. */
    byte[] carriedOver;
    /** Whether all that ended in the session, or before it, outlives the process. */
    boolean keepsAll;
    /** Whether all that ended is durable in the cache, flushed or not. */
    boolean durableAtOnce;
    /** Whether syncs of the cache device fail from now on. */
    boolean syncsFail;

    /** Puts what a predecessor has left to where its successor looks for it. */
    void putCarriedOver(byte[] content) throws IOException {
        if (content != null) {
            Files.write(carryOver, content);
        } else if (carryOver != null) {
            Files.deleteIfExists(carryOver);
        }
    }

    byte[] readCarryOver() {
        try {
            // Not there before the session's activation has come to it.
            return carryOver == null || !Files.exists(carryOver) ? null : Files.readAllBytes(carryOver);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
