package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.segment.SegmentTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Completes what a killed predecessor had accepted and not yet written to the medium. The predecessor's clients have
 * been told that these writes were done. Where the device outlives the process, its clients go on as if nothing had
 * happened: to them, a lost write is corruption, not a crash. The data is where its keys say: data was stored before
 * its key was accepted, into memory that the kernel keeps.
 *
 * <p>{@link #complete} runs before replay. It commits the predecessor's key-sets where they were to go, and replay
 * finds them like all others. Wherever the kill came, the log on the medium ends in front of one of these key-sets, or
 * behind the last of them:
 *
 * <ul>
 *   <li>{@link KeySetWriter} makes the log longer by one store, that of the oldest key-set's first word. So the log
 *       gets all of a commit, or nothing.
 *   <li>The ring still has all key-sets of the commit then: key-sets are struck off the ring when they are on the
 *       medium.
 *   <li>If this process is killed in here, its own successor finds the same two cases.
 * </ul>
 *
 * If the log ends anywhere else, or a segment has been freed since its key was accepted, somebody else has used the
 * cache. Then nothing is touched.
 */
public final class CarryOver {
    private final CacheMemory memory;
    private final SegmentTable segments;
    private final KeySetRing ring;
    private final long backingBytes;
    private final Key key = new Key();
    private final BitSet dataSegments;
    private LogWalk walk;

    /** @param backingBytes size of the backing device */
    public CarryOver(CacheMemory memory, SegmentTable segments, KeySetRing ring, long backingBytes) {
        this.memory = memory;
        this.segments = segments;
        this.ring = ring;
        this.backingBytes = backingBytes;
        this.dataSegments = new BitSet(segments.count());
    }

    /**
     * Commits the predecessor's key-sets. To be called before anything else is done with the log.
     *
     * @param keyTail where the log begins
     * @param activation sequence number of the cache info
     * @return why key-sets in the ring were not committed, in a line for people; null if there were none to commit, or
     *     all is well
     * @throws io.pcache.memory.CacheMemoryException when the device fails
     */
    public String complete(long keyTail, byte activation) throws IOException {
        if (!ring.isOf(memory.size(), activation)) {
            return null;
        }
        long first = ring.committed();
        long until = until(ring);
        if (first == until) {
            return null;
        }
        long end;
        try {
            end = logEnd(keyTail);
        } catch (LogCorruptException | CacheMemoryException e) {
            // Replay meets the same damage, or the same failure, and refuses the cache.
            return null;
        }
        if (end == ring.keySet(until - 1).end()) {
            return null;
        }
        while (first < until && ring.keySet(first).start() != end) {
            first++;
        }
        if (first == until) {
            return "writes that a target had acknowledged before it was killed are lost, unless they are "
                    + "another cache's: the log ends at "
                    + Position.text(end) + ", in front of none of them";
        }
        String violation = violation(first, until);
        if (violation != null) {
            return "writes that a target had acknowledged before it was killed are lost: " + violation;
        }
        KeySetWriter writer = new KeySetWriter(memory, segments::dataOffset);
        writer.prepare(ring, first, until);
        writer.write(ring, first, until);
        return null;
    }

    /** One more than the number of the last key-set that is in the ring and is not known to be on the medium. */
    private static long until(KeySetRing ring) {
        long first = ring.committed();
        long until = first;
        while (until - first < KeySetRing.SIZE && ring.keySet(until).load(until) && ring.keySet(until).keys > 0) {
            until++;
        }
        return until;
    }

    /**
     * What a killed target has left.
     *
     * @param keySets number of key-sets that are not on the medium
     * @param fits whether the log ends where these key-sets go on, so that the next activation takes them. If not, the
     *     key-sets are another cache's, or something else has used this cache since, or the log is damaged
     */
    public record Left(int keySets, boolean fits) {}

    /**
     * Tells what the next activation of this cache would take from a file. Changes nothing.
     *
     * @param file where a killed target would have left its key-sets; need not exist
     * @param logEnd where the log on the medium ends
     * @throws IOException when the file is there and cannot be read
     */
    public static Left waiting(Path file, CacheMemory memory, long logEnd) throws IOException {
        KeySetRing ring = KeySetRing.copyOf(file);
        DuplicatedRecord info = RecordKind.CACHE_INFO.in(memory);
        if (ring == null || !info.load() || !ring.isOf(memory.size(), info.seq())) {
            return new Left(0, true);
        }
        long until = until(ring);
        long first = ring.committed();
        // Key-sets in front of the log's end are on the medium: the target was killed before it struck them off.
        for (long number = first; number < until; number++) {
            if (ring.keySet(number).start() == logEnd) {
                return new Left((int) (until - number), true);
            }
        }
        boolean none = first == until || ring.keySet(until - 1).end() == logEnd;
        return new Left(none ? 0 : (int) (until - first), none);
    }

    private long logEnd(long keyTail) throws LogCorruptException {
        walk = new LogWalk(memory, segments.count(), segments::dataOffset, segments::generation);
        walk.run(keyTail, new LogWalk.Visitor<RuntimeException>() {
            @Override
            public void enter(int segment, KeySetReader from) {}

            @Override
            public void keySet(KeySetReader keySet) {
                for (int i = 0; i < keySet.keys(); i++) {
                    keySet.key(i, key);
                    if (isInCache(key.segment) && key.generation >= segments.generation(key.segment)) {
                        dataSegments.set(key.segment);
                    }
                }
            }
        });
        return walk.position();
    }

    private boolean isInCache(int segment) {
        return segment >= 0 && segment < segments.count();
    }

    /** Why the log cannot go on with all of these key-sets; null if it can. */
    private String violation(long first, long until) {
        BitSet keySegments = new BitSet(segments.count());
        long expected = ring.keySet(first).start();
        for (long number = first; number < until; number++) {
            KeySetBuffer keySet = ring.keySet(number);
            String place = Position.violation(
                    Position.segment(keySet.position), Position.offset(keySet.position), segments.count());
            if (place != null
                    || keySet.start() != expected
                    || Position.offset(keySet.end()) + KeySetLayout.HEADER_BYTES > DeviceLayout.SEGMENT_DATA_BYTES) {
                return "a key-set at " + Position.text(keySet.position) + " does not go on from "
                        + Position.text(expected);
            }
            if (keySet.hopFrom != KeySetBuffer.NO_HOP) {
                int segment = Position.segment(keySet.position);
                if (walk.entered(segment) || dataSegments.get(segment) || keySegments.get(segment)) {
                    return "segment " + segment + ", in which the log was to go on, is in use";
                }
                keySegments.set(segment);
            }
            expected = keySet.end();
        }
        for (long number = first; number < until; number++) {
            String violation = violation(ring.keySet(number), keySegments);
            if (violation != null) {
                return violation;
            }
        }
        return null;
    }

    private String violation(KeySetBuffer keySet, BitSet keySegments) {
        for (int i = 0; i < keySet.keys; i++) {
            String violation = key.read(keySet.bytes, KeySetLayout.key(i)).violation(segments.count(), backingBytes);
            if (violation != null) {
                return violation;
            }
            if (key.generation != segments.generation(key.segment)) {
                return "segment " + key.segment + " has generation " + segments.generation(key.segment) + ", expected "
                        + key.generation;
            }
            if (walk.entered(key.segment) || keySegments.get(key.segment)) {
                return "segment " + key.segment + ", in which there should be data, is the log's";
            }
        }
        return null;
    }
}
