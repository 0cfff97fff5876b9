package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.memory.CacheMemory;

/** A walk through the log, or through what looks like a log. Counts what it meets, and is not stopped by bad keys. */
final class LogScan implements LogWalk.Visitor<RuntimeException> {

    /** Is shown keys in the order of the log. */
    interface Keys {
        Keys NONE = (keySet, index, key, violation) -> {};

        /**
         * A key.
         *
         * @param index in the key-set
         * @param key valid during the call
         * @param violation what is wrong with the key; null if nothing is
         */
        void key(KeySetReader keySet, int index, Key key, String violation);
    }

    private final CacheView view;
    private final long backingBytes;
    private final LogWalk walk;
    private final Keys sink;
    private final Key key = new Key();
    private final int[] references;
    private long target = -1;

    private LogWalk.End ending;
    private LogCorruptException damage;
    private boolean targetSeen;
    private long keySets;
    private long keys;
    private long staleKeys;
    private long invalidKeys;
    private long futureKeys;

    /** @param backingBytes limit for the keys' ranges; {@link Long#MAX_VALUE} if this is not known */
    LogScan(CacheMemory memory, CacheView view, long backingBytes, Keys sink) {
        this.view = view;
        this.backingBytes = backingBytes;
        this.sink = sink;
        this.references = new int[view.segments()];
        this.walk = new LogWalk(memory, view.segments(), view::dataOffset, view::generation);
    }

    /** Sets a position to look for: the start of a key-set, or the end. */
    LogScan lookFor(long position) {
        target = position;
        return this;
    }

    LogScan run(long from) {
        try {
            ending = walk.run(from, this);
            damage = walk.damage();
            targetSeen |= walk.position() == target;
        } catch (LogCorruptException e) {
            damage = e;
        }
        return this;
    }

    @Override
    public void enter(int segment, KeySetReader from) throws LogCorruptException {
        if (references[segment] > 0) {
            throw from.corrupt("the log goes on in segment " + segment + ", in which keys have data");
        }
    }

    @Override
    public void keySet(KeySetReader keySet) {
        targetSeen |= keySet.position() == target;
        if (keySet.isLast()) {
            return;
        }
        keySets++;
        for (int i = 0; i < keySet.keys(); i++) {
            keySet.key(i, key);
            keys++;
            String violation = key.violation(view.segments(), backingBytes);
            if (violation == null && walk.entered(key.segment)) {
                violation = "the key has its data in segment " + key.segment + ", through which the log goes";
            }
            if (violation != null) {
                invalidKeys++;
            } else if (view.isStale(key)) {
                staleKeys++;
            } else {
                references[key.segment]++;
                futureKeys += key.generation > view.generation(key.segment) ? 1 : 0;
            }
            sink.key(keySet, i, key, violation);
        }
    }

    /** How the log ends; null if the log leads in a circle or into data. */
    LogWalk.End ending() {
        return ending;
    }

    /** Whether nothing more of the log can be expected: the log ends as a writer leaves it. */
    boolean isComplete() {
        return ending == LogWalk.End.TERMINATED || ending == LogWalk.End.UNFINISHED;
    }

    /** Whether activation would accept a log like this. */
    boolean isGood() {
        return (isComplete() || ending == LogWalk.End.TORN) && invalidKeys == 0;
    }

    /** What stopped the walk, unless {@link #isComplete}. */
    LogCorruptException damage() {
        return damage;
    }

    /** Where the log ends. */
    long end() {
        return walk.position();
    }

    boolean targetSeen() {
        return targetSeen;
    }

    /** Number of key-sets, without LAST ones. */
    long keySets() {
        return keySets;
    }

    long keys() {
        return keys;
    }

    /** Number of keys whose segment was freed since. */
    long staleKeys() {
        return staleKeys;
    }

    /** Number of keys with impossible values. */
    long invalidKeys() {
        return invalidKeys;
    }

    /** Number of keys with a generation that their segment has not reached. */
    long futureKeys() {
        return futureKeys;
    }

    /** Number of keys that count and have their data in a cache segment. */
    int references(int segment) {
        return references[segment];
    }

    /** Whether the log goes through a cache segment. */
    boolean isLogSegment(int segment) {
        return walk.entered(segment);
    }
}
