package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.memory.SimulatedMemory.Step;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * One run of a workload: sessions of random steps, each ended in an orderly way or not. While a session lasts, moments
 * are caught at which power could be cut; when it is over, states that each leaves are drawn, activated and judged.
 * Some of these are gone on with in a shorter run of their own, in which power is cut again: during activation, and
 * while the cache serves after it.
 *
 * <p>All is drawn from one seed.
 */
final class CrashRun {
    static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int DEEPEST = 2;

    private final Workload workload;
    private final boolean dataCrc;
    private final Random random;
    /** Apart from the other, so that how much is judged does not change what is done. */
    private final Random judging;

    private final Tally tally;
    private final Plant plant;
    private final int depth;
    private final Effort effort;

    private SimulatedMemory memory;
    private CrashBacking backing;
    private History history;
    private TestCache cache;
    private final List<CrashRequest> pending = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final List<Moment> moments = new ArrayList<>();
    private int candidates;
    private boolean syncsFail;
    private int[] gcPercents = {DeviceLayout.GC_PERCENT_DEFAULT};
    /** Where a session keeps, in half of the runs, what a successor is to complete if it is killed. */
    private Path carryOver;
    /** What the last session has left there; null if that was nothing, or is lost with the machine. */
    private byte[] carriedOver;
    /** Whether all that ended in the session, or before it, outlives the process. */
    private boolean keepsAll;

    /** How much is judged: moments a session, states of each, and of how many states one is gone on with. */
    record Effort(int moments, int states, int deepOneIn) {
        static final Effort QUICK = new Effort(24, 5, 150);
        static final Effort FULL = new Effort(48, 8, 150);
        static final Effort DEEP = new Effort(6, 3, 40);
    }

    /** A bug to be planted into the engine's devices. */
    record Plant(UnaryOperator<CacheMemory> memory, UnaryOperator<BackingDevice> backing) {
        static final Plant NONE = new Plant(UnaryOperator.identity(), UnaryOperator.identity());
    }

    private CrashRun(
            Workload workload, boolean dataCrc, long seed, Tally tally, Plant plant, Effort effort, int depth) {
        this.workload = workload;
        this.dataCrc = dataCrc;
        this.random = new Random(seed);
        this.judging = new Random(~seed);
        this.tally = tally;
        this.plant = plant;
        this.effort = effort;
        this.depth = depth;
    }

    /** Runs a workload from a new pair of devices. Fails with the seed. */
    static void run(Workload workload, Kind kind, long seed, Tally tally, Plant plant, Effort effort) {
        boolean dataCrc = workload.checksums && (seed & 1) != 0;
        CrashRun run = new CrashRun(workload, dataCrc, seed, tally, plant, effort, 0);
        run.memory = OldLife.device(kind);
        run.backing = new CrashBacking(workload.backingBlock, run.random);
        run.history = new History();
        try {
            if (!workload.blank) {
                run.format();
            }
            run.withCarryOver((seed & 2) != 0, () -> {
                for (int session = 0; session < workload.sessions; session++) {
                    run.session(workload.steps);
                }
            });
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    workload + " on " + kind + ", seed " + seed + " (-Dpcache.crash.workload=" + workload
                            + " -Dpcache.crash.kind=" + kind + " -Dpcache.crash.seed=" + seed + "): " + e.getMessage(),
                    e);
        }
    }

    private interface Sessions {
        void run() throws PCacheException, IOException;
    }

    private void withCarryOver(boolean wanted, Sessions sessions) throws PCacheException, IOException {
        if (!wanted) {
            sessions.run();
            return;
        }
        carryOver = Files.createTempFile("pcache-crash-", null);
        try {
            sessions.run();
        } finally {
            Files.deleteIfExists(carryOver);
        }
    }

    // ---- sessions
    // -------------------------------------------------------------------------------------------------------------

    private void format() throws PCacheException {
        new TestCache(memory, backing, Recovered.config(dataCrc, null, new ArrayList<>()), 1).close();
    }

    private void session(int steps) throws PCacheException, IOException {
        if (workload.logRoomKeySets > 0 && depth == 0) {
            moveLog();
        }
        listen();
        open();
        for (int step = 0; step < steps; step++) {
            step();
        }
        Moment end = random.nextInt(4) == 0 && !syncsFail ? null : catchMoment(random);
        if (end == null) {
            closeOrderly();
        }
        memory.listen(null);
        backing.bytes().listen(null);
        for (Moment moment : moments) {
            judge(moment);
        }
        cache = null;
        syncsFail = false;
        moments.clear();
        candidates = 0;
        pending.clear();
        if (end != null) {
            crash(end);
        }
        if (workload.backingFaults + workload.failingSync == 0 && !events.isEmpty()) {
            throw new AssertionError("the engine complains: " + events);
        }
    }

    private void open() throws PCacheException, IOException {
        memory.actAs("activation");
        putCarriedOver(carriedOver);
        cache = new TestCache(
                plant.memory.apply(memory),
                plant.backing.apply(backing),
                Recovered.config(dataCrc, carryOver, events),
                workload.queues);
        int[] content = Recovered.content(cache.parts().data(), cache.parts().index(), backing.bytes());
        require(history.judge(content, history.now(), keepsAll), "activated");
        keepsAll = carryOver != null;
        carriedOver = null;
        history = history.recovered(content);
        gcPercents = new int[] {cache.parts().gc().gcPercent()};
    }

    private void putCarriedOver(byte[] content) throws IOException {
        if (content != null) {
            Files.write(carryOver, content);
        } else if (carryOver != null) {
            Files.deleteIfExists(carryOver);
        }
    }

    private void closeOrderly() {
        memory.actAs("end");
        backing.fail(0, 0, 0);
        cache.cache().retryWriteBack();
        for (int round = 0; pending.stream().anyMatch(request -> !request.isEnded()); round++) {
            cache.step();
            if (round > 1000) {
                throw new AssertionError("a request does not end: "
                        + cache.cache().statusLine() + ", " + cache.cache().writeBackProblem());
            }
        }
        if (random.nextBoolean()) {
            cache.settle();
            require(history.judgeNewest(Recovered.content(backing.bytes())), "backing device after write-back of all");
        }
        require(
                history.judgeNewest(
                        Recovered.content(cache.parts().data(), cache.parts().index(), backing.bytes())),
                "at the end");
        long flush = history.flush();
        cache.close();
        require(carryOver == null || !Files.exists(carryOver) ? null : "a file is left behind", "at the end");
        history.flushEnded(flush);
        keepsAll = true;
        memory = memory.reopened();
    }

    /** Goes on from a state that a crash may have left. */
    private void crash(Moment end) {
        history = history.at(end.asOf);
        carriedOver = end.carriedOver;
        keepsAll = end.nothingLost;
        backing = backing.with(any(end.backings(random, 8)), random);
        List<SimulatedMemory> caches = end.caches(random, 8);
        if (caches.isEmpty()) {
            int[] content = Recovered.content(backing.bytes());
            require(history.judgeBacking(content), "backing device without its cache");
            history = history.recovered(content);
            memory = OldLife.device(memory.kind());
            gcPercents = new int[] {DeviceLayout.GC_PERCENT_DEFAULT};
        } else {
            memory = any(caches);
        }
    }

    private SimulatedMemory any(List<SimulatedMemory> states) {
        return states.get(random.nextInt(states.size()));
    }

    /**
     * Puts the log, empty, to where its segment has room for a few key-sets only: as if garbage collection had passed
     * all that came before.
     */
    private void moveLog() throws PCacheException {
        TestCache mover = new TestCache(memory, backing, Recovered.config(dataCrc, null, new ArrayList<>()), 1);
        mover.cache().setGcPercent(0);
        mover.settle();
        mover.close();
        gcPercents = new int[] {0};
        memory = memory.reopened();
        backing = backing.with(backing.bytes().reopened(), random);
        placeLog(
                memory,
                KeySetLayout.HEADER_BYTES
                        + random.nextInt(1 + workload.logRoomKeySets * KeySetLayout.MAX_BYTES / Long.BYTES)
                                * Long.BYTES);
        history = history.recovered(Recovered.content(backing.bytes()));
    }

    /** Puts an empty log to where its segment has so many bytes left. */
    static void placeLog(SimulatedMemory memory, int room) {
        Tails tails = new Tails(memory);
        tails.load();
        int segment = tails.keyRecord().getInt(PositionLayout.SEGMENT);
        long head = Position.of(segment, DeviceLayout.SEGMENT_DATA_BYTES - room);
        memory.zero(DeviceLayout.segmentData(segment) + Position.offset(head), KeySetLayout.HEADER_BYTES);
        tails.advanceKeyTail(head);
        tails.advanceDirtyTail(head);
    }

    // ---- steps
    // ----------------------------------------------------------------------------------------------------------------

    private void step() {
        pending.removeIf(CrashRequest::isEnded);
        int[] weights = {
            workload.write,
            workload.fua,
            workload.flush,
            workload.read,
            workload.ballast,
            workload.gcPercent,
            workload.commit,
            workload.timer,
            workload.writeBack,
            workload.gc,
            workload.poll,
            workload.backingFaults,
            workload.failingSync
        };
        int choice = draw(weights);
        memory.actAs(choice);
        switch (choice) {
            case 0 -> writes(1 + random.nextInt(workload.burst), false);
            case 1 -> writes(1, true);
            case 2 -> submit(CrashRequest.flush(history));
            case 3 -> read();
            case 4 -> ballast(1 + random.nextInt(workload.ballastBurst));
            case 5 -> setGcPercent(random.nextInt(workload.gcPercentMost + 1));
            case 6 -> cache.parts().committer().doWork();
            case 7 -> cache.parts().log().seal();
            case 8 -> cache.parts().writeBack().doWork();
            case 9 -> cache.parts().gc().doWork();
            case 10 -> poll(random.nextInt(workload.queues));
            case 11 -> failBacking();
            default -> failSyncs();
        }
    }

    private int draw(int[] weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int left = random.nextInt(sum);
        int choice = 0;
        while (left >= weights[choice]) {
            left -= weights[choice++];
        }
        return choice;
    }

    private void submit(CrashRequest request) {
        submit(request, random.nextInt(workload.queues));
    }

    private void submit(CrashRequest request, int queue) {
        pending.add(request);
        memory.actAs("queue " + queue);
        cache.submit(queue, request);
    }

    private void poll(int queue) {
        memory.actAs("queue " + queue);
        cache.pollQueue(queue);
    }

    private void writes(int count, boolean fua) {
        for (int i = 0; i < count; i++) {
            int first = random.nextInt(Zones.COUNT);
            int sectors = 1 + random.nextInt(Math.min(workload.maxSectors, Zones.run(first)));
            if (pending.stream().noneMatch(request -> request.writes(first, sectors))) {
                submit(CrashRequest.write(history, first, sectors, fua));
            }
        }
    }

    private void read() {
        int first = random.nextInt(Zones.COUNT);
        submit(CrashRequest.read(history, first, 1 + random.nextInt(Zones.run(first))));
    }

    private void ballast(int count) {
        for (int i = 0; i < count; i++) {
            submit(CrashRequest.ballast(history, Zones.BALLAST_BYTES), workload.queues - 1);
        }
    }

    private void setGcPercent(int percent) {
        if (syncsFail) {
            gcPercents = IntStream.rangeClosed(0, DeviceLayout.GC_PERCENT_MAX).toArray();
            assertThatThrownBy(() -> cache.cache().setGcPercent(percent)).isInstanceOf(CacheMemoryException.class);
            return;
        }
        gcPercents = new int[] {gcPercents[0], percent};
        cache.cache().setGcPercent(percent);
        gcPercents = new int[] {percent};
    }

    /** Lets the backing device fail in some way, or heals it. */
    private void failBacking() {
        backing.fail(
                random.nextInt(3) == 0 ? Errno.EIO : 0,
                random.nextInt(3) == 0 ? Errno.EIO : 0,
                random.nextInt(3) == 0 ? Errno.EIO : 0);
        cache.cache().retryWriteBack();
    }

    private void failSyncs() {
        memory.failSyncs(true);
        syncsFail = memory.kind() == Kind.PAGE_CACHE;
    }

    // ---- moments
    // --------------------------------------------------------------------------------------------------------------

    private void listen() {
        memory.listen(this::after);
        backing.bytes().listen(this::after);
    }

    /** Keeps a fair choice of all that are candidates in the session, however many there are. */
    private void after(Step step, long offset, int length) {
        if (step == Step.STORE && length % Zones.SECTOR == 0) {
            checkGeneration(offset);
        }
        boolean small = length <= KeySetLayout.HEADER_BYTES;
        int oneIn = switch (step) {
            case STORE, WRITE_BACK -> small ? 2 : 12;
            case DRAIN -> 8;
            case SYNC_BEGUN -> 1;
            case SYNC -> 2;
        };
        if (judging.nextInt(oneIn) != 0) {
            return;
        }
        candidates++;
        if (moments.size() < effort.moments) {
            moments.add(catchMoment(judging));
        } else if (judging.nextInt(candidates) < effort.moments) {
            moments.set(judging.nextInt(moments.size()), catchMoment(judging));
        }
    }

    /**
     * The format's rule for a segment that was freed: its new generation is durable before anything is stored in it.
     */
    private void checkGeneration(long offset) {
        int segment = (int) (offset - DeviceLayout.SEGMENTS >> DeviceLayout.SEGMENT_SHIFT);
        if (cache == null || segment < 0 || offset < DeviceLayout.segmentData(segment)) {
            return;
        }
        long expected = cache.parts().segments().generation(segment);
        long record = DeviceLayout.segment(segment) + DeviceLayout.SEGMENT_CONTROL;
        if (Math.max(generation(record), generation(record + GenerationLayout.SPACING)) != expected
                || !memory.isDurable(record, DeviceLayout.COPIES * GenerationLayout.SPACING)) {
            throw new AssertionError(
                    "data is stored in segment " + segment + " before its generation " + expected + " is durable");
        }
    }

    /**
     * The generation in one copy of its record; 0 if that is damaged. Without the record's own class, which writes back
     * what it loads.
     */
    private long generation(long copy) {
        boolean valid = memory.getInt(copy + HeaderLayout.CRC)
                == memory.checksum(copy + HeaderLayout.CHECKSUMMED, GenerationLayout.BYTES - HeaderLayout.CHECKSUMMED);
        return valid ? memory.getLong(copy + GenerationLayout.GENERATION) : 0;
    }

    private Moment catchMoment(Random drawn) {
        Moment.Loss[] losses = Moment.Loss.values();
        // Half of them with all power lost: these leave the most states.
        int draw = drawn.nextInt(2 * losses.length - 2);
        Moment.Loss loss = draw < losses.length ? losses[draw] : Moment.Loss.BOTH;
        if (syncsFail && loss != Moment.Loss.CACHE_GONE) {
            // After a failed sync the page cache holds what the medium does not, and calls it clean: no successor on a
            // running machine can know.
            loss = Moment.Loss.BOTH;
        }
        return new Moment(loss, history, memory, backing.bytes(), gcPercents, readCarryOver(), keepsAll);
    }

    private byte[] readCarryOver() {
        try {
            // Not there before the session's activation has come to it.
            return carryOver == null || !Files.exists(carryOver) ? null : Files.readAllBytes(carryOver);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void judge(Moment moment) throws IOException {
        List<SimulatedMemory> backings = moment.backings(judging, effort.states);
        List<SimulatedMemory> caches = moment.caches(judging, effort.states);
        for (int i = 0; i < Math.max(caches.size(), backings.size()); i++) {
            SimulatedMemory left = backings.get(i % backings.size()).afterKill();
            tally.add(workload, memory.kind());
            require(
                    moment.history.judgeBacking(Recovered.content(left), moment.asOf),
                    "backing device without its cache, after loss of " + moment.loss);
            if (!caches.isEmpty()) {
                judge(moment, caches.get(i % caches.size()).afterKill(), left);
            }
        }
    }

    private void judge(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking) throws IOException {
        boolean deep = depth < DEEPEST && judging.nextInt(effort.deepOneIn) == 0;
        SimulatedMemory again = deep ? left.afterKill() : null;
        putCarriedOver(moment.carriedOver);
        int[] content = activate(moment, left, leftBacking, moment.gcPercents);
        require(moment.history.judge(content, moment.asOf, moment.nothingLost), "after loss of " + moment.loss);
        if (moment.loss == Moment.Loss.PROCESS || moment.loss == Moment.Loss.BACKING_DEVICE) {
            // The successor has found what its predecessor only stored. Now power is cut: it must have made all of that
            // durable.
            for (SimulatedMemory cut : left.crashStates().sample(judging, 2).toList()) {
                tally.add(workload, memory.kind());
                putCarriedOver(null);
                int[] second = activate(moment, cut, leftBacking, moment.gcPercents);
                require(
                        Arrays.equals(content, second) ? null : "other content than was found first",
                        "kill, activation, power cut");
            }
        }
        if (deep) {
            goOn(moment, again, leftBacking);
        }
    }

    private int[] activate(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking, int[] percents) {
        try {
            // A power cut before the first INIT_DONE leaves a blank cache, which gets the default.
            return Recovered.activate(plant.memory.apply(left), leftBacking, dataCrc, carryOver, percents);
        } catch (AssertionError e) {
            throw new AssertionError("after loss of " + moment.loss + ": " + e.getMessage(), e);
        }
    }

    /** A run of its own from a state that was left. */
    private void goOn(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking) {
        CrashRun next = new CrashRun(workload, dataCrc, judging.nextLong(), tally, Plant.NONE, Effort.DEEP, depth + 1);
        next.memory = left;
        next.backing = backing.with(leftBacking, next.random);
        next.history = moment.history.at(moment.asOf);
        next.gcPercents = moment.gcPercents;
        next.carriedOver = moment.carriedOver;
        next.keepsAll = moment.nothingLost;
        try {
            next.withCarryOver(carryOver != null, () -> next.session(Math.max(4, workload.steps / 4)));
        } catch (PCacheException | IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("second crash, after loss of " + moment.loss + ": " + e.getMessage(), e);
        }
    }

    private static void require(String wrong, String when) {
        if (wrong != null) {
            throw new AssertionError(when + ": " + wrong);
        }
    }
}
