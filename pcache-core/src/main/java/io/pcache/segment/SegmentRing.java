package io.pcache.segment;

/** Segments in a row: those that came first leave first. Not safe for use by several threads. */
final class SegmentRing {
    private final int[] slots;
    private int head;
    private int count;
    private long taken;

    /** @param capacity the most segments that can be in the row */
    SegmentRing(int capacity) {
        slots = new int[capacity];
    }

    int count() {
        return count;
    }

    /** How many segments have ever left. So {@code taken() + i} names a place in the row for as long as it is there. */
    long taken() {
        return taken;
    }

    /** The segment behind {@code place} others. */
    int get(int place) {
        return slots[slot(place)];
    }

    void add(int segment) {
        slots[slot(count)] = segment;
        count++;
    }

    int take() {
        int segment = slots[head];
        head = slot(1);
        count--;
        taken++;
        return segment;
    }

    /** Moves a segment to the front; those that were in front of it move back by one place. */
    void moveToFront(int place) {
        int segment = get(place);
        for (int i = place; i > 0; i--) {
            slots[slot(i)] = slots[slot(i - 1)];
        }
        slots[head] = segment;
    }

    private int slot(int place) {
        int slot = head + place;
        return slot < slots.length ? slot : slot - slots.length;
    }
}
