package io.pcache.offline;

import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for key-sets behind a damaged one: at every multiple of 8 bytes up to the end of the segment. From each key-set
 * that is found, the search follows the log as it goes on from there.
 *
 * <p>If the log has used a segment before, key-sets from that time stand behind the log's end, and look good. They
 * differ in that garbage collection has passed them: segments of their keys were freed since. A continuation of the log
 * has no stale key, begins where a key-set in the damaged place can end, and ends as logs do.
 */
final class KeySetSearch {
    private static final int CHUNK_BYTES = 64 << 10;

    /** The unit in which devices and page caches fail to read. */
    private static final int PAGE_BYTES = 4096;

    private final DraftMemory memory;
    private final CacheView view;
    private final long backingBytes;
    private final KeySetReader reader;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    KeySetSearch(DraftMemory memory, CacheView view, long backingBytes) {
        this.memory = memory;
        this.view = view;
        this.backingBytes = backingBytes;
        this.reader = new KeySetReader(memory, view.segments(), view::dataOffset);
    }

    /** The rows of key-sets behind a damaged one, in the order of the medium. */
    List<KeySetRun> behind(long damaged) {
        List<KeySetRun> runs = new ArrayList<>();
        int segment = Position.segment(damaged);
        long named = namedByLast(damaged);
        if (named >= 0 && reader.read(named) == KeySetReader.State.VALID) {
            runs.add(run(named, true));
        }
        int offset = nextMagic(segment, Position.offset(damaged) + Long.BYTES);
        while (offset >= 0) {
            long position = Position.of(segment, offset);
            if (reader.read(position) == KeySetReader.State.VALID) {
                runs.add(run(position, runs.isEmpty() && adjoins(damaged, position)));
                offset = endInSegment(position);
            } else {
                offset += Long.BYTES;
            }
            offset = nextMagic(segment, offset);
        }
        return runs;
    }

    /** Where a damaged LAST key-set seems to lead; -1 if the damaged key-set is no LAST one. */
    private long namedByLast(long damaged) {
        long at = view.dataOffset(Position.segment(damaged)) + Position.offset(damaged);
        int next = memory.getInt(at + KeySetLayout.NEXT_SEGMENT);
        boolean last = memory.getLong(at + KeySetLayout.FLAGS) == KeySetLayout.FLAG_LAST;
        return last && next >= 0 && next < view.segments() ? Position.of(next, 0) : -1;
    }

    /** Offset of the next place at which a key-set's magic stands where it should; -1 if there is none. */
    private int nextMagic(int segment, int from) {
        int last = DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES;
        for (int at = from; at <= last; ) {
            int length = Math.min(CHUNK_BYTES, DeviceLayout.SEGMENT_DATA_BYTES - at);
            memory.copyOut(view.dataOffset(segment) + at, chunk, 0, length);
            int magic = KeySetLayout.MAGIC;
            for (; magic + Long.BYTES <= length; magic += Long.BYTES) {
                if (chunk.getLong(magic) == KeySetLayout.MAGIC_VALUE) {
                    int found = at + magic - KeySetLayout.MAGIC;
                    return found <= last ? found : -1;
                }
            }
            at += magic - KeySetLayout.MAGIC;
        }
        return -1;
    }

    /** Where the row of key-sets that begins at a position leaves the segment, or is interrupted. */
    private int endInSegment(long position) {
        long at = position;
        while (Position.segment(at) == Position.segment(position) && reader.read(at) == KeySetReader.State.VALID) {
            if (reader.isLast()) {
                return Position.offset(at) + reader.length();
            }
            at = reader.next();
        }
        return Position.offset(at);
    }

    private KeySetRun run(long position, boolean adjoins) {
        LogScan run = new LogScan(memory, view, backingBytes, LogScan.Keys.NONE).run(position);
        KeySetRun.Origin origin = KeySetRun.Origin.UNCERTAIN;
        if (run.staleKeys() > 0 || run.ending() == null || run.invalidKeys() > 0) {
            origin = KeySetRun.Origin.EARLIER_USE;
        } else if (adjoins && run.isGood() && run.futureKeys() == 0) {
            origin = KeySetRun.Origin.CONTINUATION;
        }
        return new KeySetRun(
                position,
                run.end(),
                run.keySets(),
                run.keys(),
                run.staleKeys(),
                run.futureKeys(),
                run.invalidKeys(),
                run.ending(),
                origin);
    }

    /**
     * Whether the damage may be just what stands in between: one key-set, or the key-sets in a page that cannot be
     * read.
     */
    private boolean adjoins(long damaged, long position) {
        int gap = Position.offset(position) - Position.offset(damaged);
        return isKeySetLength(gap)
                || gap <= PAGE_BYTES + 2 * KeySetLayout.MAX_BYTES
                        && memory.isUnreadable(
                                view.dataOffset(Position.segment(damaged)) + Position.offset(damaged), gap);
    }

    /** Whether a key-set can have this length. */
    static boolean isKeySetLength(int bytes) {
        return bytes > KeySetLayout.HEADER_BYTES
                && bytes <= KeySetLayout.MAX_BYTES
                && (bytes - KeySetLayout.HEADER_BYTES) % KeyLayout.BYTES == 0;
    }
}
