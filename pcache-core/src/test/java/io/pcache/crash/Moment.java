package io.pcache.crash;

import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
import java.util.List;
import java.util.Random;

/**
 * A moment at which something ends. When the moment is caught, the loss is drawn: what loses power, or is killed. A
 * loss can leave many states. States are drawn only when the moment is judged, after the session: so judging does not
 * change the run.
 */
final class Moment {

    enum Loss {
        /** The machine loses power: cache and backing device both lose the data on its way. */
        BOTH,
        /** The cache device alone loses power, and the process ends. */
        CACHE_DEVICE,
        /** The backing device alone loses power, and the process ends. */
        BACKING_DEVICE,
        /**
         * The process alone ends: nothing that was stored is lost, but it may be lost later. Where the process carries
         * over what it has acknowledged, nothing of this is lost either.
         */
        PROCESS,
        /** The cache device is gone for good. */
        CACHE_GONE
    }

    final Loss loss;
    final History history;
    /** The time by the history's clock. */
    final long asOf;
    /** The GC percents that the device may have: the value in force, and the value that is being stored. */
    final int[] gcPercents;
    /** What the process leaves beside the cache device, for a successor on the same machine; null for nothing. */
    final byte[] carriedOver;
    /** Whether all that had ended in the session was durable at once. */
    final boolean durableAtOnce;
    /** Whether the successor must have all that had ended, flushed or not. */
    final boolean nothingLost;

    private final CacheMode mode;
    private final boolean modesChange;
    final long throughSince;
    private final CrashStates cacheStates;
    private final SimulatedMemory cacheAsSeen;
    private final CrashStates backingStates;
    private final SimulatedMemory backingAsSeen;

    private Moment(Loss loss, World world) {
        this.loss = loss;
        this.history = world.history;
        this.asOf = history.now();
        this.gcPercents = world.gcPercents.clone();
        boolean machineLives = loss == Loss.PROCESS || loss == Loss.BACKING_DEVICE;
        this.carriedOver = machineLives ? world.readCarryOver() : null;
        this.nothingLost = world.durableAtOnce || machineLives && world.keepsAll;
        this.durableAtOnce = world.durableAtOnce;
        this.mode = world.mode;
        this.modesChange = world.modesChange;
        this.throughSince = world.throughSince;
        boolean cacheCut = loss == Loss.BOTH || loss == Loss.CACHE_DEVICE;
        boolean backingCut = loss == Loss.BOTH || loss == Loss.BACKING_DEVICE || loss == Loss.CACHE_GONE;
        this.cacheStates = cacheCut ? world.memory.crashStates() : null;
        this.cacheAsSeen = cacheCut || loss == Loss.CACHE_GONE ? null : world.memory.afterKill();
        this.backingStates = backingCut ? world.backing.bytes().crashStates() : null;
        this.backingAsSeen = backingCut ? null : world.backing.bytes().afterKill();
    }

    /** Catches the present moment, and draws what is lost. */
    static Moment in(World world, Random random) {
        Loss[] losses = Loss.values();
        // Half of the moments lose all power, since these leave the most states.
        int draw = random.nextInt(2 * losses.length - 2);
        Loss loss = draw < losses.length ? losses[draw] : Loss.BOTH;
        if (world.syncsFail && loss != Loss.CACHE_GONE) {
            // After a failed sync, the page cache holds data that the medium does not have, and calls this data clean:
            // no successor on a running machine can know.
            loss = Loss.BOTH;
        }
        return new Moment(loss, world);
    }

    /** Judges the content of a backing device that has lost its cache; returns what is wrong, or null. */
    String judgeBacking(int[] content) {
        // Data that an earlier session has written through may be there before older data is, which was dirty then and
        // is still to be written back.
        return mode == CacheMode.WRITEBACK && !modesChange
                ? history.judgeWrittenBack(content, asOf)
                : history.judgeWrittenThrough(content, asOf, throughSince);
    }

    /** The cache devices that may be left, up to {@code most}; none if the cache device is gone. */
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
