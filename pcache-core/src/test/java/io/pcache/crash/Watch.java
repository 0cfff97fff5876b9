package io.pcache.crash;

import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.memory.SimulatedMemory.Step;
import io.pcache.segment.SegmentMap;
import io.pcache.segment.SegmentTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Listens to each step that a session makes on its devices. Catches moments at which power could be cut: a fair choice
 * of all moments, however many there are. Also checks rules in the session: a crash alone would hardly ever show that a
 * rule is broken.
 */
final class Watch {
    private final World world;
    private final int most;
    /** A generator apart from the run's, so that the amount of judging does not change the steps. */
    private final Random random;

    private final List<Moment> moments = new ArrayList<>();
    private SegmentTable segments;
    private int candidates;

    /** @param most how many moments are kept */
    Watch(World world, int most, Random random) {
        this.world = world;
        this.most = most;
        this.random = random;
        world.memory.listen((step, offset, length) -> {
            if (step == Step.STORE && length % Zones.SECTOR == 0) {
                requireGeneration(offset);
            }
            if (step == Step.DISCARD) {
                requireUnused(offset);
            }
            made(step, length);
        });
        world.backing.bytes().listen((step, offset, length) -> made(step, length));
    }

    /** Begins to watch an open cache. */
    void watch(SegmentTable table) {
        segments = table;
    }

    /** Stops listening; returns the moments that were caught. */
    List<Moment> end() {
        world.memory.listen(null);
        world.backing.bytes().listen(null);
        return moments;
    }

    private void made(Step step, int length) {
        boolean small = length <= KeySetLayout.HEADER_BYTES;
        int oneIn = switch (step) {
            case STORE, WRITE_BACK -> small ? 2 : 12;
            case DRAIN -> 8;
            case SYNC_BEGUN -> 1;
            case SYNC, STORE_DURABLY, DISCARD -> 2;
        };
        if (random.nextInt(oneIn) == 0) {
            candidates++;
            if (moments.size() < most) {
                moments.add(Moment.in(world, random));
            } else if (random.nextInt(candidates) < most) {
                moments.set(random.nextInt(moments.size()), Moment.in(world, random));
            }
        }
        Preemption.point();
    }

    /**
     * Requires a reference to the segment that a request loads data from: without a reference, the segment could be
     * overwritten at the same time.
     */
    void loaded(long offset) {
        int segment = segmentAt(offset);
        if (segments.map().references(segment) == 0) {
            throw new AssertionError("data of segment " + segment + " is loaded, to which there is no reference");
        }
    }

    /**
     * Requires of a segment that is discarded that nobody is using the segment, and that no crash can bring it back.
     */
    private void requireUnused(long offset) {
        requireGeneration(offset);
        int segment = segmentAt(offset);
        if (segments.map().use(segment) != SegmentMap.Use.FREE) {
            throw new AssertionError("segment " + segment + " is discarded, and is in use");
        }
    }

    /**
     * Requires the format's rule for a segment that was freed: the new generation is durable before anything is stored
     * in the segment.
     */
    private void requireGeneration(long offset) {
        int segment = segmentAt(offset);
        if (segments == null || segment < 0 || offset < DeviceLayout.segmentData(segment)) {
            return;
        }
        long expected = segments.generation(segment);
        long record = DeviceLayout.segment(segment) + DeviceLayout.SEGMENT_CONTROL;
        if (Math.max(generation(record), generation(record + GenerationLayout.SPACING)) != expected
                || !world.memory.isDurable(record, DeviceLayout.COPIES * GenerationLayout.SPACING)) {
            throw new AssertionError(
                    "data is stored in segment " + segment + " before its generation " + expected + " is durable");
        }
    }

    /** The segment at an offset; negative in front of the first segment. */
    private static int segmentAt(long offset) {
        return (int) (offset - DeviceLayout.SEGMENTS >> DeviceLayout.SEGMENT_SHIFT);
    }

    /**
     * The generation in one copy of the record; 0 if this copy is damaged. Read without the record's own class, which
     * writes back the bytes that it loads.
     */
    private long generation(long copy) {
        SimulatedMemory memory = world.memory;
        boolean valid = memory.getInt(copy + HeaderLayout.CRC)
                == memory.checksum(copy + HeaderLayout.CHECKSUMMED, GenerationLayout.BYTES - HeaderLayout.CHECKSUMMED);
        return valid ? memory.getLong(copy + GenerationLayout.GENERATION) : 0;
    }
}
