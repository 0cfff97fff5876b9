package io.pcache.crash;

import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.memory.SimulatedMemory.Step;
import io.pcache.segment.SegmentTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Hears each step that a session makes on its devices: catches moments at which power could be cut, a fair choice of
 * all that there are, however many; and holds the session to the rules that a crash alone would hardly ever tell of.
 */
final class Watch {
    private final World world;
    private final int most;
    /** Apart from the run's, so that how much is judged does not change what is done. */
    private final Random random;

    private final List<Moment> moments = new ArrayList<>();
    private SegmentTable segments;
    private int candidates;

    /** @param most moments that are kept */
    Watch(World world, int most, Random random) {
        this.world = world;
        this.most = most;
        this.random = random;
        world.memory.listen((step, offset, length) -> {
            if (step == Step.STORE && length % Zones.SECTOR == 0) {
                requireGeneration(offset);
            }
            made(step, length);
        });
        world.backing.bytes().listen((step, offset, length) -> made(step, length));
    }

    /** The cache is open. */
    void watch(SegmentTable table) {
        segments = table;
    }

    /** Hears no more; returns what was caught. */
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
            case SYNC -> 2;
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

    /** What is loaded for a request is referred to: else it could be overwritten at the same time. */
    void loaded(long offset) {
        int segment = segmentAt(offset);
        if (segments.map().references(segment) == 0) {
            throw new AssertionError("data of segment " + segment + " is loaded, to which there is no reference");
        }
    }

    /**
     * The format's rule for a segment that was freed: its new generation is durable before anything is stored in it.
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

    /** The segment in whose place that is; negative in front of the first. */
    private static int segmentAt(long offset) {
        return (int) (offset - DeviceLayout.SEGMENTS >> DeviceLayout.SEGMENT_SHIFT);
    }

    /**
     * The generation in one copy of its record; 0 if that is damaged. Without the record's own class, which writes back
     * what it loads.
     */
    private long generation(long copy) {
        SimulatedMemory memory = world.memory;
        boolean valid = memory.getInt(copy + HeaderLayout.CRC)
                == memory.checksum(copy + HeaderLayout.CHECKSUMMED, GenerationLayout.BYTES - HeaderLayout.CHECKSUMMED);
        return valid ? memory.getLong(copy + GenerationLayout.GENERATION) : 0;
    }
}
