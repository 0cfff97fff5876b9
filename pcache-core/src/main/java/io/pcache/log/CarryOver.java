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
 * Completes what a killed predecessor had accepted and not yet written to the medium. Its clients have been told that
 * those writes were done, and where the device outlives the process they go on as if nothing had happened: to them, a
 * write that is gone is corruption, not a crash. The data is where its keys say: it was stored before they were
 * accepted, into memory that the kernel keeps.
 *
 * <p>This is done before replay, by committing the predecessor's key-sets where they were to go; replay finds them like
 * all others. Wherever the kill came, the log on the medium ends in front of one of those key-sets, or behind the last:
 *
 * <ul>
 *   <li>{@link KeySetWriter} makes the log longer by one store, of the oldest first word: by all of a commit or by
 *       nothing.
 *   <li>The ring still has all of them then: what is on the medium is struck off there afterwards.
 *   <li>A process that is killed in here leaves the same two cases to its own successor.
 * </ul>
 *
 * If the log ends anywhere else, or a segment has been freed since its key was accepted, then somebody else has used
 * the cache: nothing is touched.
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
     * Commits what is to be committed. To be called before anything else is done with the log.
     *
     * @param keyTail where the log begins
     * @param activation sequence number of the cache info
     * @return why key-sets that are there were not committed, in a line for people; null if there were none, or all is
     *     well
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
            // Replay meets it, too, and refuses the cache.
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

    /** The number behind that of the last key-set that is there and is not known to be on the medium. */
    private static long until(KeySetRing ring) {
        long first = ring.committed();
        long until = first;
        while (until - first < KeySetRing.SIZE && ring.keySet(until).load(until) && ring.keySet(until).keys > 0) {
            until++;
        }
        return until;
    }

    /**
     * What a target that was killed has left.
     *
     * @param keySets that are not on the medium
     * @param fits whether the log ends where they go on, so that the next activation takes them; if not, they are
     *     another cache's, or something else has used this one since, or the log is damaged
     */
    public record Left(int keySets, boolean fits) {}

    /**
     * What the next activation of this cache would take from a file. Changes nothing.
     *
     * @param file where a target that was killed would have left them; need not exist
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
        // Those that the log ends behind are on the medium, and were not struck off any more.
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

    /** Why not all of these key-sets can be where the log is to go on; null if they can. */
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
