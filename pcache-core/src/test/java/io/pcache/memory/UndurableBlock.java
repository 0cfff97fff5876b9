package io.pcache.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A cache line or sector of which not all stores are durable: what it held after each store since it last was. Any of
 * these may be on the medium, for each unit of it (8-byte word of a line, whole sector) independently.
 */
final class UndurableBlock {
    final long offset;
    /**
     * False after a failed sync, until stored to again: the kernel then takes the page for clean, and no later sync
     * writes it.
     */
    boolean dirty = true;
    /** When it was last stored to, by the memory's count of steps. */
    long storedAt;

    private final ByteBuffer durable;
    private final List<ByteBuffer> versions = new ArrayList<>();

    /** @param durable what the medium surely holds */
    UndurableBlock(long offset, ByteBuffer durable) {
        this.offset = offset;
        this.durable = durable;
    }

    /** The same contents, to go another way from here. */
    UndurableBlock copy() {
        UndurableBlock copy = new UndurableBlock(offset, durable);
        copy.dirty = dirty;
        copy.storedAt = storedAt;
        copy.versions.addAll(versions);
        return copy;
    }

    /** Returns whether anything is on its way now. */
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

    /** Whether this version is one that may not be durable yet; compared by identity. */
    boolean holds(ByteBuffer version) {
        return versions.stream().anyMatch(v -> v == version);
    }

    /** Versions up to this one are overwritten for good. Returns what is left to make durable; null if nothing. */
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

    /**
     * For each unit of which the medium may hold more than one content: the choices, the one that is surely durable
     * first.
     */
    void addUnits(int unitBytes, List<Unit> units) {
        for (int index = 0; index < durable.capacity(); index += unitBytes) {
            List<ByteBuffer> choices = new ArrayList<>();
            choices.add(durable.slice(index, unitBytes));
            for (ByteBuffer version : versions) {
                ByteBuffer choice = version.slice(index, unitBytes);
                // Kept in the order of their last store, so that the last choice is what a completed write-back would
                // leave.
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
     * What a power cut decides about.
     *
     * @param choices contents that the medium may hold, the newest last
     * @param durable index of the one that it holds if no store since arrived
     * @param storedAt when its block was last stored to
     */
    record Unit(long offset, ByteBuffer[] choices, int durable, long storedAt) {
        int newest() {
            return choices.length - 1;
        }
    }
}
