package io.pcache.crash;

import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
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
    /** Whether what a session had ended was durable at once. */
    final boolean durableAtOnce;
    /** Whether the successor must have all that had ended, flushed or not. */
    final boolean nothingLost;

    private final CacheMode mode;
    private final boolean modesChange;
    private final long throughSince;
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

    /** What is lost is drawn. */
    static Moment in(World world, Random random) {
        Loss[] losses = Loss.values();
        // Half of them with all power lost: these leave the most states.
        int draw = random.nextInt(2 * losses.length - 2);
        Loss loss = draw < losses.length ? losses[draw] : Loss.BOTH;
        if (world.syncsFail && loss != Loss.CACHE_GONE) {
            // After a failed sync the page cache holds what the medium does not, and calls it clean: no successor on a
            // running machine can know.
            loss = Loss.BOTH;
        }
        return new Moment(loss, world);
    }

    /** Judges what a backing device holds whose cache is lost; returns what is wrong, or null. */
    String judgeBacking(int[] content) {
        // What an earlier session wrote through may be there in front of what was dirty then, and is written back.
        return mode == CacheMode.WRITEBACK && !modesChange
                ? history.judgeWrittenBack(content, asOf)
                : history.judgeWrittenThrough(content, asOf, throughSince);
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
