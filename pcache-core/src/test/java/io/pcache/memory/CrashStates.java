package io.pcache.memory;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The devices that a power cut at one moment could leave, made one at a time and independent of each other. Each device
 * is a {@link SimulatedMemory}, so power may be cut again while the engine recovers.
 *
 * <p>A state decides for each unit on its way (8-byte word or sector) which of its contents has arrived. The time to
 * make a state is in proportion to these units, not to the device.
 */
public final class CrashStates {
    private final CacheMemory.Kind kind;
    private final SparseImage durable;
    private final Map<Long, Long> poison;
    private final List<UndurableBlock.Unit> units;

    CrashStates(CacheMemory.Kind kind, SparseImage durable, Map<Long, Long> poison, List<UndurableBlock.Unit> units) {
        this.kind = kind;
        this.durable = durable;
        this.poison = poison;
        this.units = units;
    }

    /** The number of units that may have more than one content on the medium. */
    public int undecidedUnits() {
        return units.size();
    }

    /** The number of different devices; {@link Long#MAX_VALUE} if there are more. */
    public long count() {
        long count = 1;
        for (UndurableBlock.Unit unit : units) {
            if (count > Long.MAX_VALUE / unit.choices().length) {
                return Long.MAX_VALUE;
            }
            count *= unit.choices().length;
        }
        return count;
    }

    /** The state in which nothing that was on its way has arrived. */
    public SimulatedMemory noneArrived() {
        return state(i -> units.get(i).durable());
    }

    /** The state in which all that was on its way has arrived. */
    public SimulatedMemory allArrived() {
        return state(i -> units.get(i).newest());
    }

    /** Every state, each once. */
    public Stream<SimulatedMemory> all() {
        return LongStream.range(0, count()).mapToObj(this::state);
    }

    /**
     * All states if there are at most {@code most}, otherwise {@code most} of them: first the two extremes, then states
     * at random. Most bugs show only if just one unit of many is missing, and chance alone would hardly ever draw such
     * a state. So five sorts of states come in turn. Each unit arrives with a probability that is drawn for the state.
     * Or only the units that were stored last have arrived (what a missing fence allows). Or one unit has arrived, or
     * all but one, or a prefix by offset.
     */
    public Stream<SimulatedMemory> sample(Random random, int most) {
        if (count() <= most) {
            return all();
        }
        return LongStream.range(0, most)
                .mapToObj(i -> i == 0 ? noneArrived() : i == 1 ? allArrived() : drawn(random, (int) (i % 5)));
    }

    private SimulatedMemory drawn(Random random, int sort) {
        int one = random.nextInt(units.size());
        double share = random.nextDouble();
        long since = storedLast(random);
        return state(
                switch (sort) {
                    case 2 ->
                        i -> random.nextDouble() < share
                                ? any(random, i)
                                : units.get(i).durable();
                    case 3 ->
                        i -> units.get(i).storedAt() >= since
                                ? units.get(i).newest()
                                : units.get(i).durable();
                    case 4 -> i -> i == one ? any(random, i) : units.get(i).durable();
                    case 0 -> i -> i == one ? any(random, i) : units.get(i).newest();
                    default ->
                        i -> i < one ? units.get(i).newest() : units.get(i).durable();
                });
    }

    /**
     * The time since which the last few units were stored. How many these are is drawn: one, or up to twice, four
     * times… as many.
     */
    private long storedLast(Random random) {
        long[] times =
                units.stream().mapToLong(UndurableBlock.Unit::storedAt).sorted().toArray();
        int last = 1 + random.nextInt(1 << random.nextInt(32 - Integer.numberOfLeadingZeros(times.length)));
        return times[times.length - Math.min(last, times.length)];
    }

    private int any(Random random, int unit) {
        return random.nextInt(units.get(unit).choices().length);
    }

    // The digits of the number are the choices, in a number system with another base for each unit.
    private SimulatedMemory state(long number) {
        long[] rest = {number};
        return state(i -> {
            int base = units.get(i).choices().length;
            int choice = (int) (rest[0] % base);
            rest[0] /= base;
            return choice;
        });
    }

    private SimulatedMemory state(IntUnaryOperator choiceOfUnit) {
        SparseImage medium = durable.copy();
        for (int i = 0; i < units.size(); i++) {
            UndurableBlock.Unit unit = units.get(i);
            int choice = choiceOfUnit.applyAsInt(i);
            if (choice != unit.durable()) {
                int length = (int) Math.min(unit.choices()[choice].capacity(), medium.size() - unit.offset());
                medium.write(unit.offset(), unit.choices()[choice], 0, length);
            }
        }
        return SimulatedMemory.withPoison(new SimulatedMemory(kind, medium), poison);
    }
}
