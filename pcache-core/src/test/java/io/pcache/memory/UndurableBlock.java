package io.pcache.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A cache line or a sector with stores that are not all durable. Holds the content after each store since the block was
 * last durable. For each unit of the block (8-byte word of a line, whole sector), any of these contents may be on the
 * medium, independently of other units.
 */
final class UndurableBlock {
    final long offset;
    /**
     * False after a failed sync, until the next store: the kernel then takes the page for clean, and no later sync
     * writes the page.
     */
    boolean dirty = true;
    /** The time of the last store, by the memory's count of steps. */
    long storedAt;

    private final ByteBuffer durable;
    private final List<ByteBuffer> versions = new ArrayList<>();

    /** @param durable what the medium surely holds */
    UndurableBlock(long offset, ByteBuffer durable) {
        this.offset = offset;
        this.durable = durable;
    }

    /** A copy with the same contents, which may then change independently. */
    UndurableBlock copy() {
        UndurableBlock copy = new UndurableBlock(offset, durable);
        copy.dirty = dirty;
        copy.storedAt = storedAt;
        copy.versions.addAll(versions);
        return copy;
    }

    /** Adds the content after a store; returns whether anything is on its way now. */
    boolean stored(ByteBuffer contents) {
        dirty = true;
        if (!contents.equals(newest())) {
            versions.add(contents);
        }
        return !versions.isEmpty();
    }

    ByteBuffer newest() {
        return versions.isEmpty() ? durable : versions.get(versions.size() - 1);
    }

    /** Whether this version may not be durable yet; compared by identity. */
    boolean holds(ByteBuffer version) {
        return versions.stream().anyMatch(v -> v == version);
    }

    /**
     * Makes a version durable: older versions are overwritten for good. Returns what is left to make durable; null if
     * nothing.
     */
    UndurableBlock durableUpTo(ByteBuffer version) {
        int index = 0;
        while (versions.get(index) != version) {
            index++;
        }
        if (index == versions.size() - 1) {
            return null;
        }
        UndurableBlock rest = new UndurableBlock(offset, version);
        rest.dirty = dirty;
        rest.storedAt = storedAt;
        rest.versions.addAll(versions.subList(index + 1, versions.size()));
        return rest;
    }

    /** Adds each unit that may have more than one content on the medium, with these contents. */
    void addUnits(int unitBytes, List<Unit> units) {
        for (int index = 0; index < durable.capacity(); index += unitBytes) {
            List<ByteBuffer> choices = new ArrayList<>();
            choices.add(durable.slice(index, unitBytes));
            for (ByteBuffer version : versions) {
                ByteBuffer choice = version.slice(index, unitBytes);
                // In the order of the last store of each content, so that the last choice is what a completed
                // write-back would leave.
                choices.remove(choice);
                choices.add(choice);
            }
            ByteBuffer first = durable.slice(index, unitBytes);
            if (choices.size() > 1) {
                units.add(
                        new Unit(offset + index, choices.toArray(new ByteBuffer[0]), choices.indexOf(first), storedAt));
            }
        }
    }

    /**
     * A part of the medium for which a power cut decides between contents.
     *
     * @param choices contents that the medium may hold, the newest last
     * @param durable the index of the content that the medium holds if no later store has arrived
     * @param storedAt the time of the last store to the unit's block
     */
    record Unit(long offset, ByteBuffer[] choices, int durable, long storedAt) {
        int newest() {
            return choices.length - 1;
        }
    }
}
