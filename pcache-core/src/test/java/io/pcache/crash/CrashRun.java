package io.pcache.crash;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.TransferBuffers;
import io.pcache.cache.Verify;
import io.pcache.engine.TestCache;
import io.pcache.health.CacheEvents;
import io.pcache.identity.KnownBacking;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.route.CacheMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One run of a workload: sessions of random steps, each ended in an orderly way or not. During a session, moments are
 * caught at which power could be cut. After the session, states that each moment could leave are drawn, activated and
 * judged. Some of these states begin shorter runs, in which power is cut again: during activation, and while the cache
 * serves after it.
 *
 * <p>All is drawn from one seed.
 */
final class CrashRun {
    /** So that the cache has an identity record, which tells whether all was written through. */
    private static final KnownBacking PROBE =
            new KnownBacking(Zones.DEVICE_BYTES / Zones.SECTOR, List.of("wwid:simulated"), "", "/dev/simulated");

    static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int DEEPEST = 2;

    private final Setup setup;
    private final Workload workload;
    private final World world = new World();
    private final Random random;
    /** A generator apart from the other, so that the amount of judging does not change the steps. */
    private final Random judging;

    private final int depth;

    /** How much is judged. */
    enum Effort {
        QUICK(24, 5, 150),
        FULL(48, 8, 150),
        /** For a run that begins with a state of another run. */
        DEEP(6, 3, 40);

        final int moments;
        /** States that are judged for each moment. */
        final int states;
        /** One state in so many begins a run. */
        final int deepOneIn;

        Effort(int moments, int states, int deepOneIn) {
            this.moments = moments;
            this.states = states;
            this.deepOneIn = deepOneIn;
        }
    }

    /** So few that requests wait for them. */
    private static final TransferBuffers FEW_TRANSFERS = new TransferBuffers(2, 3, 1);

    /**
     * What a run is like.
     *
     * @param bug planted into the engine's devices; null for none
     * @param judged counts the states that are judged
     */
    record Setup(Workload workload, boolean dataCrc, PlantedBug bug, Effort effort, AtomicLong judged) {

        CacheMemory plant(CacheMemory memory) {
            return bug == null ? memory : bug.plant(memory);
        }

        BackingDevice plant(BackingDevice backing) {
            return bug == null ? backing : bug.plant(backing);
        }

        /**
         * @param carryOver the file to carry over in; null for none
         * @param events gets every event, except that the cache is full, or is larger than its backing device; there
         *     should be no events
         */
        PCacheConfig config(CacheMode mode, Path carryOver, VirtualClock clock, List<String> events) {
            return PCacheConfig.builder(Zones.DEVICE_BYTES)
                    .cacheMode(mode)
                    .dataCrc(dataCrc)
                    .overwriteForeign(true)
                    .backingProbe(PROBE)
                    .verify(Verify.ALL)
                    .carryOver(carryOver)
                    .clock(clock)
                    .transferBuffers(FEW_TRANSFERS)
                    .events((kind, text) -> {
                        if (kind != CacheEvents.Kind.CACHE_FULL && kind != CacheEvents.Kind.NOTICE) {
                            events.add(kind + " " + text);
                        }
                    })
                    .build();
        }

        PCacheConfig config(CacheMode mode, Path carryOver, List<String> events) {
            return config(mode, carryOver, new VirtualClock(0), events);
        }
    }

    private CrashRun(Setup setup, long seed, int depth) {
        this.setup = setup;
        this.workload = setup.workload;
        this.random = new Random(seed);
        this.judging = new Random(~seed);
        this.depth = depth;
    }

    /**
     * Runs a workload from a new pair of devices. A failure names the seed.
     *
     * @param bug planted into the devices; null for none
     * @param judged counts the states that are judged
     * @return a number that is the same for the same run
     */
    static long run(
            Workload workload, CacheMode mode, Kind kind, long seed, PlantedBug bug, Effort effort, AtomicLong judged) {
        boolean dataCrc = workload.checksums && (seed & 1) != 0;
        CrashRun run = new CrashRun(new Setup(workload, dataCrc, bug, effort, judged), seed, 0);
        run.world.memory = OldLife.device(kind);
        run.world.backing = new CrashBacking(workload.backingBlock, run.random);
        run.world.history = new History();
        run.world.mode = mode;
        run.world.direct = kind == Kind.PAGE_CACHE && (seed & 8) != 0;
        run.world.modesChange = mode == CacheMode.WRITETHROUGH && (seed & 4) != 0;
        try {
            if (!workload.blank) {
                run.format();
            }
            run.withCarryOver((seed & 2) != 0, () -> {
                for (int session = 0; session < workload.sessions; session++) {
                    run.session(workload.steps);
                }
            });
            return run.random.nextLong() ^ run.judging.nextLong();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    workload + ", " + mode + " on " + kind + ", seed " + seed + " ("
                            + replay(workload, mode, kind, seed, effort) + "): " + text(e),
                    e);
        }
    }

    private static String replay(Workload workload, CacheMode mode, Kind kind, long seed, Effort effort) {
        return "mvn -q test -pl pcache-core -Dtest=CrashStatesTest -Dpcache.crash.workload=" + workload
                + " -Dpcache.crash.mode=" + mode + " -Dpcache.crash.kind=" + kind + " -Dpcache.crash.effort=" + effort
                + " -Dpcache.crash.seed=" + seed;
    }

    private interface Sessions {
        void run() throws PCacheException, IOException;
    }

    private void withCarryOver(boolean wanted, Sessions sessions) throws PCacheException, IOException {
        if (!wanted) {
            sessions.run();
            return;
        }
        world.carryOver = Files.createTempFile("pcache-crash-", null);
        try {
            sessions.run();
        } finally {
            Files.deleteIfExists(world.carryOver);
        }
    }

    private void format() throws PCacheException {
        new TestCache(world.memory, world.backing, setup.config(world.mode, null, new ArrayList<>()), 1).close();
    }

    private void session(int steps) throws PCacheException, IOException {
        if (workload.logRoomKeySets > 0 && depth == 0) {
            moveLog();
        }
        Trace.say("session");
        Watch watch = new Watch(world, setup.effort.moments, judging);
        Session session = new Session(setup, world, random, watch);
        session.steps(steps);
        Moment end = random.nextInt(4) == 0 && !world.syncsFail ? null : Moment.in(world, random);
        if (end == null) {
            session.closeOrderly();
        }
        for (Moment moment : watch.end()) {
            judge(moment);
        }
        session.abandon();
        world.syncsFail = false;
        if (end != null) {
            crash(end);
        }
        session.requireNoComplaint();
    }

    /** Continues with a state that a crash may have left. */
    private void crash(Moment end) {
        world.history = world.history.at(end.asOf);
        world.carriedOver = end.carriedOver;
        world.keepsAll = end.nothingLost;
        world.backing = world.backing.with(any(end.backings(random, 8)), random);
        List<SimulatedMemory> caches = end.caches(random, 8);
        if (caches.isEmpty()) {
            int[] content = Recovered.content(world.backing.bytes());
            require(end.judgeBacking(content), "backing device without its cache");
            world.history = world.history.recovered(content);
            world.memory = OldLife.device(world.memory.kind());
            world.throughSince = History.NEVER;
            world.gcPercents = new int[] {DeviceLayout.GC_PERCENT_DEFAULT};
        } else {
            world.memory = any(caches);
        }
    }

    private SimulatedMemory any(List<SimulatedMemory> states) {
        return states.get(random.nextInt(states.size()));
    }

    /**
     * Moves the log, which is empty, to a place where its segment has room only for a few key-sets: as if garbage
     * collection had passed all that came before.
     */
    private void moveLog() throws PCacheException {
        TestCache mover =
                new TestCache(world.memory, world.backing, setup.config(world.mode, null, new ArrayList<>()), 1);
        mover.cache().setGcPercent(0);
        mover.settle();
        mover.close();
        world.gcPercents = new int[] {0};
        world.memory = world.memory.reopened();
        world.backing = world.backing.with(world.backing.bytes().reopened(), random);
        placeLog(
                world.memory,
                KeySetLayout.HEADER_BYTES
                        + random.nextInt(1 + workload.logRoomKeySets * KeySetLayout.MAX_BYTES / Long.BYTES)
                                * Long.BYTES);
        world.history = world.history.recovered(Recovered.content(world.backing.bytes()));
    }

    /** Places an empty log so that its segment has so many bytes left. */
    static void placeLog(SimulatedMemory memory, int room) {
        Tails tails = new Tails(memory);
        tails.load();
        int segment = tails.keyRecord().getInt(PositionLayout.SEGMENT);
        long head = Position.of(segment, DeviceLayout.SEGMENT_DATA_BYTES - room);
        memory.zero(DeviceLayout.segmentData(segment) + Position.offset(head), KeySetLayout.HEADER_BYTES);
        tails.advanceKeyTail(head);
        tails.advanceDirtyTail(head);
    }

    // ---- judgement

    private void judge(Moment moment) throws IOException {
        Trace.say("loss of %s at %d", moment.loss, moment.asOf);
        List<SimulatedMemory> backings = moment.backings(judging, setup.effort.states);
        List<SimulatedMemory> caches = moment.caches(judging, setup.effort.states);
        for (int i = 0; i < Math.max(caches.size(), backings.size()); i++) {
            SimulatedMemory left = backings.get(i % backings.size()).afterKill();
            setup.judged.incrementAndGet();
            require(
                    moment.judgeBacking(Recovered.content(left)),
                    "backing device without its cache, after loss of " + moment.loss);
            if (!caches.isEmpty()) {
                judge(moment, caches.get(i % caches.size()).afterKill(), left);
            }
        }
    }

    private void judge(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking) throws IOException {
        boolean deep = depth < DEEPEST && judging.nextInt(setup.effort.deepOneIn) == 0;
        SimulatedMemory again = deep ? left.afterKill() : null;
        SimulatedMemory backingAgain = leftBacking.afterKill();
        world.putCarriedOver(moment.carriedOver);
        int[] content;
        List<SimulatedMemory> cuts = List.of();
        List<SimulatedMemory> backingCuts = List.of();
        try (Recovered recovered = activate(moment, left, leftBacking)) {
            content = recovered.content();
            require(moment.history.judge(content, moment.asOf, moment.nothingLost), "after loss of " + moment.loss);
            if (moment.loss == Moment.Loss.PROCESS || moment.loss == Moment.Loss.BACKING_DEVICE) {
                cuts = left.crashStates().sample(judging, 2).toList();
                backingCuts = leftBacking.crashStates().sample(judging, 2).toList();
            }
            if (judging.nextInt(workload.evictedOneIn) == 0) {
                require(recovered.changes(), "after loss of " + moment.loss);
            }
        }
        for (int i = 0; i < cuts.size(); i++) {
            // The successor has found what its predecessor only stored. Now power is cut: it must have made all of that
            // durable.
            setup.judged.incrementAndGet();
            world.putCarriedOver(null);
            SimulatedMemory backing = backingCuts.get(i % backingCuts.size());
            try (Recovered second = activate(moment, cuts.get(i), backing)) {
                require(
                        Arrays.equals(content, second.content()) ? null : "other content than was found first",
                        "kill, activation, power cut");
            }
        }
        if (deep) {
            goOn(moment, again, backingAgain);
        }
    }

    private Recovered activate(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking) {
        try {
            // A power cut before the first INIT_DONE leaves a blank cache, which gets the default GC percent.
            return new Recovered(
                    setup,
                    world.mode,
                    setup.plant(left),
                    world.backing.with(leftBacking, judging),
                    world.carryOver,
                    moment.gcPercents);
        } catch (AssertionError e) {
            throw new AssertionError("after loss of " + moment.loss + ": " + e.getMessage(), e);
        }
    }

    /** Begins a run with a state that a moment has left. */
    private void goOn(Moment moment, SimulatedMemory left, SimulatedMemory leftBacking) {
        Setup sound = new Setup(workload, setup.dataCrc, null, Effort.DEEP, setup.judged);
        CrashRun next = new CrashRun(sound, judging.nextLong(), depth + 1);
        next.world.memory = left;
        next.world.backing = world.backing.with(leftBacking, next.random);
        next.world.history = moment.history.at(moment.asOf);
        next.world.gcPercents = moment.gcPercents;
        next.world.carriedOver = moment.carriedOver;
        next.world.mode = world.mode;
        next.world.modesChange = world.modesChange;
        next.world.direct = world.direct;
        next.world.throughSince = moment.throughSince;
        next.world.durableAtOnce = moment.durableAtOnce;
        next.world.keepsAll = moment.nothingLost;
        try {
            next.withCarryOver(world.carryOver != null, () -> next.session(Math.max(4, workload.steps / 4)));
        } catch (PCacheException | IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("second crash, after loss of " + moment.loss + ": " + text(e), e);
        }
    }

    private static String text(Throwable e) {
        return e instanceof AssertionError ? e.getMessage() : e.toString();
    }

    static void require(String wrong, String when) {
        if (wrong != null) {
            throw new AssertionError(when + ": " + wrong);
        }
    }
}
