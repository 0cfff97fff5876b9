package io.pcache.recovery;

import io.pcache.media.DeviceLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;
import java.util.BitSet;

/** The order of a cache's segments: the cache info names the first segment, each segment's info names the next. */
public final class SegmentChain {
    /** A chain that cannot be used. The message says where the chain is broken, and how. */
    public static final class BrokenException extends Exception {
        BrokenException(String message) {
            super(message);
        }
    }

    private SegmentChain() {}

    /**
     * Follows the chain.
     *
     * @param first physical segment that the cache info names
     * @param count segments of the cache
     * @param onDevice segments of the device
     * @return the physical segment of each cache segment
     */
    public static int[] follow(CacheMemory memory, int first, int count, int onDevice) throws BrokenException {
        int[] chain = new int[count];
        BitSet seen = new BitSet(onDevice);
        DuplicatedRecord info = RecordKind.SEGMENT_INFO.in(memory);
        int segment = first;
        for (int i = 0; i < count; i++) {
            if (segment < 0 || segment >= onDevice) {
                throw new BrokenException("segment " + Integer.toUnsignedString(segment) + " in place " + i
                        + " of the chain is not below the " + onDevice + " segments of the device");
            }
            if (seen.get(segment)) {
                throw new BrokenException(
                        "segment " + segment + " is in the chain twice, the second time in place " + i);
            }
            seen.set(segment);
            chain[i] = segment;
            if (!info.at(RecordKind.SEGMENT_INFO.place(segment)).load()) {
                boolean blank = info.loadCopy(0) == CopyState.BLANK && info.loadCopy(1) == CopyState.BLANK;
                throw new BrokenException("both copies of the info of segment " + segment + " at byte "
                        + DeviceLayout.segment(segment)
                        + (blank
                                ? " are zeros: was the device cut short and made longer again, or " + "copied in part?"
                                : " are damaged"));
            }
            int flags = info.getInt(SegmentInfoLayout.FLAGS);
            if (SegmentInfoLayout.type(flags) != SegmentInfoLayout.TYPE_CACHE_DATA) {
                throw new BrokenException("segment " + segment + " has type " + SegmentInfoLayout.type(flags)
                        + ", expected " + SegmentInfoLayout.TYPE_CACHE_DATA);
            }
            if (i + 1 < count && (flags & SegmentInfoLayout.FLAG_HAS_NEXT) == 0) {
                throw new BrokenException(
                        "the chain ends with segment " + segment + " after " + (i + 1) + " of " + count + " segments");
            }
            segment = info.getInt(SegmentInfoLayout.NEXT_SEG);
        }
        return chain;
    }
}
