package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.cache.PCacheException;
import io.pcache.engine.CacheParts;
import io.pcache.engine.PCache;
import io.pcache.engine.TestCache;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.CacheMemoryException;
import io.pcache.route.CacheMode;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * One life of a cache in its {@link World}: activation, random steps, and an orderly end, if the session comes to one.
 */
final class Session {
    private final CrashRun.Setup setup;
    private final Workload workload;
    private final World world;
    private final Random random;
    private final Watch watch;
    private final VirtualClock clock;
    private final PCache cache;
    private final Schedule schedule;
    private final List<CrashRequest> pending = new ArrayList<>();
    private final List<String> events = new ArrayList<>();

    /** Activates the cache and judges what the cache gives. */
    Session(CrashRun.Setup setup, World world, Random random, Watch watch) throws PCacheException, IOException {
        if (world.modesChange) {
            world.mode = CacheMode.values()[random.nextInt(2)];
        }
        this.setup = setup;
        this.workload = setup.workload();
        this.world = world;
        this.random = random;
        this.watch = watch;
        // Most clocks are somewhere; some pass the largest number and begin anew.
        this.clock = new VirtualClock(random.nextInt(4) > 0 ? random.nextLong() : Long.MAX_VALUE - 2_000_000_000L);
        world.memory.actAs("activation");
        world.putCarriedOver(world.carriedOver);
        CrashBacking disk =
                world.direct ? CrashBacking.cacheDevice(world.memory, random).onRead(watch::loaded) : null;
        this.cache = PCache.open(
                setup.plant(world.memory),
                disk,
                setup.plant(world.backing),
                setup.config(world.mode, world.carryOver, clock, events));
        CacheParts parts = TestCache.parts(cache);
        int[] content = Recovered.content(parts.data(), parts.index(), world.backing.bytes());
        CrashRun.require(world.history.judge(content, world.history.now(), world.keepsAll), "activated");
        world.keepsAll = world.carryOver != null;
        world.carriedOver = null;
        world.history = world.history.recovered(content);
        world.durableAtOnce = world.mode == CacheMode.WRITETHROUGH;
        world.gcPercents = new int[] {cache.gcPercent()};
        if (!cache.writesThrough()) {
            world.throughSince = History.NEVER;
        }
        watch.watch(parts.segments());
        int queues = workload.leastQueues + random.nextInt(Workload.MOST_QUEUES + 1 - workload.leastQueues);
        this.schedule = new Schedule(
                cache,
                world.memory,
                disk == null ? List.of(world.backing) : List.of(world.backing, disk),
                clock,
                queues,
                random,
                this::step);
    }

    void steps(int count) {
        for (int step = 0; step < count; step++) {
            schedule.play(this::step);
        }
    }

    private void step() {
        pending.removeIf(CrashRequest::isEnded);
        if (world.throughSince == History.NEVER && cache.writesThrough()) {
            world.throughSince = world.history.now();
        }
        switch (draw(new int[] {
            workload.write,
            workload.fua,
            workload.flush,
            workload.read,
            workload.ballast,
            workload.gcPercent,
            workload.commit,
            workload.writeBack,
            workload.gc,
            workload.poll,
            workload.complete,
            workload.anyTurn,
            workload.clock,
            workload.rest,
            workload.giveUp,
            workload.backingFaults,
            workload.failingSync
        })) {
            case 0 -> writes(1 + random.nextInt(workload.burst), false);
            case 1 -> writes(1, true);
            case 2 -> flush();
            case 3 -> read();
            case 4 -> ballast(1 + random.nextInt(workload.ballastBurst));
            case 5 -> schedule.command(() -> setGcPercent(random.nextInt(workload.gcPercentMost + 1)));
            case 6 -> schedule.call("commit");
            case 7 -> schedule.call("writeback");
            case 8 -> schedule.call("gc");
            case 9 -> schedule.pollAny();
            case 10 -> schedule.complete();
            case 11 -> schedule.anyTurn();
            case 12 -> clock.advance(1L << random.nextInt(32));
            case 13 -> rest();
            case 14 -> giveUp();
            case 15 -> failBacking();
            default -> failSyncs();
        }
    }

    private int draw(int[] weights) {
        int left = random.nextInt(IntStream.of(weights).sum());
        int choice = 0;
        while (left >= weights[choice]) {
            left -= weights[choice++];
        }
        return choice;
    }

    private void submit(Schedule.Queue queue, CrashRequest request) {
        pending.add(request);
        queue.submit(request);
    }

    private void writes(int count, boolean fua) {
        for (int i = 0; i < count; i++) {
            int first = random.nextInt(Zones.COUNT);
            int sectors = 1 + random.nextInt(Math.min(workload.maxSectors, Zones.run(first)));
            boolean alone = pending.stream().noneMatch(request -> request.writes(first, sectors));
            Schedule.Queue queue = alone || random.nextInt(4) == 0 ? schedule.anyQueue() : null;
            if (queue != null) {
                submit(queue, CrashRequest.write(world.history, first, sectors, fua));
            }
        }
    }

    private void flush() {
        Schedule.Queue queue = schedule.anyQueue();
        if (queue != null) {
            submit(queue, CrashRequest.flush(world.history));
        }
    }

    private void read() {
        Schedule.Queue queue = schedule.anyQueue();
        if (queue != null) {
            int first = random.nextInt(Zones.COUNT);
            int sectors = 1 + random.nextInt(Zones.run(first));
            submit(queue, CrashRequest.read(world.history, first, sectors).onLoad(watch::loaded));
        }
    }

    private void giveUp() {
        Schedule.Queue queue = schedule.anyQueue();
        if (queue != null) {
            List<CrashRequest> given =
                    pending.stream().filter(request -> random.nextInt(4) == 0).toList();
            queue.giveUp(given::contains);
        }
    }

    private void ballast(int count) {
        for (int i = 0; i < count; i++) {
            Schedule.Queue queue = schedule.lastQueue();
            if (queue != null) {
                submit(queue, CrashRequest.ballast(world.history, Zones.BALLAST_BYTES));
            }
        }
    }

    private void setGcPercent(int percent) {
        if (world.syncsFail) {
            world.gcPercents =
                    IntStream.rangeClosed(0, DeviceLayout.GC_PERCENT_MAX).toArray();
            assertThatThrownBy(() -> cache.setGcPercent(percent)).isInstanceOf(CacheMemoryException.class);
            return;
        }
        world.gcPercents = new int[] {world.gcPercents[0], percent};
        cache.setGcPercent(percent);
        world.gcPercents = new int[] {percent};
    }

    /** Lets the backing device fail in some way, or heals it. */
    private void failBacking() {
        world.backing.fail(
                random.nextInt(3) == 0 ? Errno.EIO : 0,
                random.nextInt(3) == 0 ? Errno.EIO : 0,
                random.nextInt(3) == 0 ? Errno.EIO : 0);
        cache.retryWriteBack();
    }

    private void failSyncs() {
        world.memory.failSyncs(true);
        world.syncsFail = world.memory.kind() == Kind.PAGE_CACHE;
    }

    /** Heals the backing device, and lets everything that waits go on. Only between steps. */
    private void rest() {
        if (schedule.isAlone()) {
            heal();
            schedule.requireRest(pending);
        }
    }

    private void heal() {
        world.backing.fail(0, 0, 0);
        cache.retryWriteBack();
    }

    /** Fails if the engine has complained about devices that work. To be called after the last step. */
    void requireNoComplaint() {
        if (workload.backingFaults + workload.failingSync == 0 && !events.isEmpty()) {
            throw new AssertionError("the engine complains: " + events);
        }
    }

    /** Ends the session as an operator does, after every request has ended. */
    void closeOrderly() {
        boolean writtenBack = random.nextBoolean();
        heal();
        if (writtenBack) {
            schedule.requireRest(pending);
            CrashRun.require(
                    world.history.judgeNewest(Recovered.content(world.backing.bytes())),
                    "backing device after write-back of all");
        } else {
            schedule.awaitAll(pending);
        }
        world.memory.actAs("end");
        CacheParts parts = TestCache.parts(cache);
        CrashRun.require(
                world.history.judgeNewest(Recovered.content(parts.data(), parts.index(), world.backing.bytes())),
                "at the end");
        schedule.close();
        cache.close();
        CrashRun.require(
                world.carryOver == null || !Files.exists(world.carryOver) ? null : "a file is left behind",
                "at the end");
        world.history.committed();
        world.keepsAll = true;
        world.memory = world.memory.reopened();
    }

    /** Gives back the memory of a cache that is not closed. */
    void abandon() {
        TestCache.abandon(cache);
    }
}
