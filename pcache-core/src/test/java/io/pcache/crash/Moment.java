package io.pcache.crash;

import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import java.util.List;
import java.util.Random;

/**
 * A moment at which something ends. Who loses power or is killed is drawn when it is caught; which of the many states
 * that leaves, when it is judged: after the session, so that judging does not change the run.
 */
final class Moment {

    enum Loss {
        /** The machine: cache and backing device both lose what was on its way. */
        BOTH,
        /** The cache device alone, and the process with it. */
        CACHE_DEVICE,
        /** The backing device alone, and the process with it. */
        BACKING_DEVICE,
        /**
         * The process alone: nothing that was stored is lost, but it may be later. Where it carries over what it has
         * acknowledged, nothing of that is lost either.
         */
        PROCESS,
        /** The cache device is gone for good. */
        CACHE_GONE
    }

    final Loss loss;
    final History history;
    /** When, by the history's clock. */
    final long asOf;
    /** GC percent that the device may have: the one in force, and the one that is being stored. */
    final int[] gcPercents;
    /** What the process leaves beside the cache device for its successor on the same machine; null for nothing. */
    final byte[] carriedOver;
    /** Whether the successor must have all that had ended, flushed or not. */
    final boolean nothingLost;

    private final CrashStates cacheStates;
    private final SimulatedMemory cacheAsSeen;
    private final CrashStates backingStates;
    private final SimulatedMemory backingAsSeen;

    Moment(
            Loss loss,
            History history,
            SimulatedMemory cache,
            SimulatedMemory backing,
            int[] gcPercents,
            byte[] carriedOver,
            boolean keepsAll) {
        this.loss = loss;
        this.history = history;
        this.asOf = history.now();
        this.gcPercents = gcPercents.clone();
        boolean machineLives = loss == Loss.PROCESS || loss == Loss.BACKING_DEVICE;
        this.carriedOver = machineLives ? carriedOver : null;
        this.nothingLost = machineLives && keepsAll;
        boolean cacheCut = loss == Loss.BOTH || loss == Loss.CACHE_DEVICE;
        boolean backingCut = loss == Loss.BOTH || loss == Loss.BACKING_DEVICE || loss == Loss.CACHE_GONE;
        this.cacheStates = cacheCut ? cache.crashStates() : null;
        this.cacheAsSeen = cacheCut || loss == Loss.CACHE_GONE ? null : cache.afterKill();
        this.backingStates = backingCut ? backing.crashStates() : null;
        this.backingAsSeen = backingCut ? null : backing.afterKill();
    }

    /** The cache devices that may be left, up to {@code most}; none if it is gone. */
    List<SimulatedMemory> caches(Random random, int most) {
        return cacheStates != null
                ? cacheStates.sample(random, most).toList()
                : cacheAsSeen != null ? List.of(cacheAsSeen) : List.of();
    }

    /** The backing devices that may be left, up to {@code most}. */
    List<SimulatedMemory> backings(Random random, int most) {
        return backingStates != null ? backingStates.sample(random, most).toList() : List.of(backingAsSeen);
    }
}
