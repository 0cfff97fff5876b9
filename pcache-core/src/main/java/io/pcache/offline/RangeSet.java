package io.pcache.offline;

import java.util.Map;
import java.util.TreeMap;

/** Ranges of bytes that do not overlap. Adjoining ranges become one. Not for use by several threads. */
public final class RangeSet {

    /** Is shown ranges. */
    public interface Visitor {
        /** @param end the byte behind the last */
        void range(long start, long end);
    }

    private final TreeMap<Long, Long> ends = new TreeMap<>();

    public void add(long start, long length) {
        long from = start;
        long to = start + length;
        Map.Entry<Long, Long> touching = ends.floorEntry(to);
        while (touching != null && touching.getValue() >= from) {
            from = Math.min(from, touching.getKey());
            to = Math.max(to, touching.getValue());
            ends.remove(touching.getKey());
            touching = ends.floorEntry(to);
        }
        ends.put(from, to);
    }

    public void remove(long start, long length) {
        long end = start + length;
        Map.Entry<Long, Long> overlapping = ends.lowerEntry(end);
        while (overlapping != null && overlapping.getValue() > start) {
            long from = overlapping.getKey();
            long to = overlapping.getValue();
            ends.remove(from);
            if (to > end) {
                ends.put(end, to);
            }
            if (from < start) {
                ends.put(from, start);
            }
            overlapping = ends.lowerEntry(end);
        }
    }

    /** Whether any byte of a range is in the set. */
    public boolean intersects(long start, long length) {
        Map.Entry<Long, Long> before = ends.lowerEntry(start + length);
        return before != null && before.getValue() > start;
    }

    public boolean isEmpty() {
        return ends.isEmpty();
    }

    /** Number of ranges. */
    public int count() {
        return ends.size();
    }

    /** Number of bytes in all ranges together. */
    public long bytes() {
        long sum = 0;
        for (Map.Entry<Long, Long> range : ends.entrySet()) {
            sum += range.getValue() - range.getKey();
        }
        return sum;
    }

    /** Shows the ranges in ascending order. */
    public void forEach(Visitor visitor) {
        ends.forEach(visitor::range);
    }
}
