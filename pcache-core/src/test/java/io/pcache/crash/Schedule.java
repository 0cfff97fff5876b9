package io.pcache.crash;

import io.pcache.agent.Agent;
import io.pcache.engine.PCache;
import io.pcache.engine.TestCache;
import io.pcache.log.KeyLog;
import io.pcache.log.Tails;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.segment.SegmentTable;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Plays the threads of a cache on one thread: request queues, agents, the backing device, and the clock. Each actor
 * goes on only when its thread would: a queue when a request came or the queue's wake-up was called, an agent when its
 * signal was raised or its time has come. So an actor that nobody wakes stands still, and {@link #requireRest} finds
 * this.
 *
 * <p>A turn may be overtaken at any {@link Preemption} point: other actors have some turns before the turn goes on, as
 * if its thread had lost the processor, or waited for a device. Actors that would have to wait for a lock of the
 * overtaken turn have no turns then.
 *
 * <p>All is drawn from the run's generator.
 */
final class Schedule implements CrashBacking.Course {
    private static final int DEEPEST = 3;
    private static final int MOST_TURNS = 200_000;
    /** Longer than any agent delays work that nobody has told the agent of. */
    private static final long LONG_NANOS = 120_000_000_000L;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Plays the part of a thread. */
    abstract class Actor {
        private final String name;
        private boolean busy;
        /** Whether there may be more to do. */
        boolean again;

        Actor(String name) {
            this.name = name;
        }

        abstract boolean isDue();

        abstract void turn();

        final void as(Runnable work) {
            Actor before = current;
            busy = true;
            current = this;
            memory.actAs(name);
            Trace.say("%s", name);
            Trace.in();
            try {
                work.run();
            } finally {
                Trace.out();
                busy = false;
                current = before;
                memory.actAs(before == null ? null : before.name);
            }
        }

        final boolean isFree() {
            return !busy && !heldUp.contains(this);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The thread of a front end: submits, polls until there is nothing to do, and waits until it is woken. */
    final class Queue extends Actor {
        private final RequestQueue queue;
        private boolean woken;

        Queue(int number) {
            super("queue " + number);
            queue = cache.openQueue(null, () -> woken = true);
        }

        void submit(CrashRequest request) {
            again = true;
            as(() -> {
                Trace.say("%s", request);
                queue.submit(request);
            });
        }

        void giveUp(Predicate<Request> which) {
            again = true;
            as(() -> {
                Trace.say("gives up");
                queue.giveUp(which);
            });
        }

        @Override
        boolean isDue() {
            return again || woken;
        }

        @Override
        void turn() {
            woken = false;
            again = queue.poll() > 0 || queue.holdsBack();
        }
    }

    private final class AgentActor extends Actor {
        private final Agent agent;
        private boolean timed;
        private long wakeAt;

        AgentActor(Agent agent) {
            super(agent.name());
            this.agent = agent;
            again = true;
        }

        @Override
        boolean isDue() {
            again |= agent.signal().awaitNanos(0);
            return again || timed && clock.now() - wakeAt >= 0;
        }

        @Override
        void turn() {
            again = agent.doWork();
            long idle = again ? 0 : agent.idleNanos();
            timed = idle != Agent.NEVER;
            wakeAt = clock.now() + (timed ? idle : 0);
        }
    }

    /** The thread of an operator. */
    private final class Control extends Actor {
        Control() {
            super("control");
        }

        @Override
        boolean isDue() {
            return false;
        }

        @Override
        void turn() {}
    }

    private final PCache cache;
    private final SimulatedMemory memory;
    private final List<CrashBacking> devices;
    private final VirtualClock clock;
    private final Random random;
    private final List<Queue> queues = new ArrayList<>();
    private final List<AgentActor> agents = new ArrayList<>();
    private final List<Actor> actors = new ArrayList<>();
    private final Actor control = new Control();
    private final Set<Actor> heldUp = new HashSet<>();
    private Actor current;
    /** What may happen where a turn is overtaken. */
    private Runnable elsewhere;

    private int depth;
    private Throwable failure;

    /** @param elsewhere makes one step, of any actor that {@linkplain Actor#isFree is free} */
    Schedule(
            PCache cache,
            SimulatedMemory memory,
            List<CrashBacking> devices,
            VirtualClock clock,
            int queues,
            Random random,
            Runnable elsewhere) {
        this.cache = cache;
        this.memory = memory;
        this.devices = devices;
        this.clock = clock;
        this.random = random;
        this.elsewhere = elsewhere;
        for (int i = 0; i < queues; i++) {
            this.queues.add(new Queue(i));
        }
        TestCache.agents(cache).forEach(agent -> agents.add(new AgentActor(agent)));
        actors.addAll(this.queues);
        actors.addAll(agents);
        devices.forEach(device -> device.follow(this));
    }

    // ---- turns

    /** Runs work that may be overtaken. */
    void play(Runnable work) {
        if (depth > 0) {
            work.run();
            return;
        }
        armAgain();
        try {
            work.run();
        } finally {
            Preemption.disarm();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    private void armAgain() {
        int points = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(1 << random.nextInt(11));
        Preemption.arm(points, this::overtake);
    }

    /**
     * Lets other actors have some turns. A failure is kept for {@link #play}: this method is called from the middle of
     * the engine, which must not see the failure.
     */
    private void overtake() {
        if (depth == DEEPEST || failure != null) {
            return;
        }
        Set<Actor> more = heldUpByLocks();
        if (more == null) {
            Preemption.arm(1 + random.nextInt(8), this::overtake);
            return;
        }
        more.removeAll(heldUp);
        heldUp.addAll(more);
        depth++;
        try {
            others(1 << random.nextInt(4));
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        depth--;
        heldUp.removeAll(more);
        armAgain();
    }

    private void others(int most) {
        for (int turns = random.nextInt(most) + 1; turns > 0; turns--) {
            armAgain();
            elsewhere.run();
        }
        Preemption.disarm();
    }

    /** The actors that would wait for a lock that is held here; null if any actor might. */
    private Set<Actor> heldUpByLocks() {
        Set<Actor> waiting = new HashSet<>();
        MonitorInfo[] held =
                THREADS.getThreadInfo(new long[] {Thread.currentThread().getId()}, true, false)[0].getLockedMonitors();
        for (MonitorInfo lock : held) {
            StackTraceElement holder = lock.getLockedStackFrame();
            String type = holder.getClassName();
            String place = type + "." + holder.getMethodName();
            if (!type.startsWith("io.pcache.") || type.equals(SimulatedMemory.class.getName())) {
                continue;
            }
            if (place.equals(KeyLog.class.getName() + ".commit")) {
                waiting.addAll(agents("commit"));
                if (!memory.syncIsSlow()) {
                    waiting.addAll(queues);
                }
            } else if (place.equals(SegmentTable.class.getName() + ".freeRetired")) {
                waiting.addAll(agents("gc"));
            } else if (place.equals(Tails.class.getName() + ".store")) {
                waiting.addAll(agents("gc", "writeback"));
            } else if (place.equals(PCache.class.getName() + ".setGcPercent")) {
                waiting.add(control);
            } else {
                return null;
            }
        }
        return waiting;
    }

    private List<AgentActor> agents(String... names) {
        return agents.stream()
                .filter(actor -> Set.of(names).contains(actor.agent.name()))
                .toList();
    }

    /** {@inheritDoc} An agent waits for its transfers; a queue does not wait, but polls again when it is woken. */
    @Override
    public boolean waits() {
        boolean waits = current instanceof AgentActor;
        if (waits && depth < DEEPEST && failure == null) {
            depth++;
            int left = Preemption.disarm();
            others(8);
            depth--;
            Preemption.arm(left, this::overtake);
        }
        return waits;
    }

    /** A queue that has a free thread; null if there is none. */
    Queue anyQueue() {
        return any(queues, queue -> true);
    }

    /** The last of the queues if its thread is free; null otherwise. */
    Queue lastQueue() {
        Queue last = queues.get(queues.size() - 1);
        return last.isFree() ? last : null;
    }

    /** Lets a queue poll that has something to do. */
    void pollAny() {
        turnOf(any(queues, Queue::isDue));
    }

    /** Lets an agent work, if it has something to do. */
    void call(String name) {
        turnOf(any(agents, actor -> actor.agent.name().equals(name) && actor.isDue()));
    }

    /** Lets any actor go on that has something to do; returns whether there was one. */
    boolean anyTurn() {
        CrashBacking device = anyBusy();
        Actor next = any(actors, Actor::isDue);
        if (device != null && (next == null || random.nextInt(3) == 0)) {
            device.completeOne();
            return true;
        }
        turnOf(next);
        return next != null;
    }

    void complete() {
        CrashBacking device = anyBusy();
        if (device != null) {
            device.completeOne();
        }
    }

    /** A device that can complete a transfer; null if there is none. */
    private CrashBacking anyBusy() {
        List<CrashBacking> busy = devices.stream().filter(CrashBacking::isBusy).toList();
        return busy.isEmpty() ? null : busy.get(random.nextInt(busy.size()));
    }

    /** Whether no turn is under way. */
    boolean isAlone() {
        return depth == 0 && current == null;
    }

    /** Runs an operator's command; does nothing if another command is being carried out. */
    void command(Runnable command) {
        if (control.isFree()) {
            control.as(command);
        }
    }

    private void turnOf(Actor actor) {
        if (actor != null) {
            actor.as(actor::turn);
        }
    }

    private <A extends Actor> A any(List<A> all, Predicate<A> which) {
        // The search for an actor is no actor's turn, and is not overtaken.
        int left = Preemption.disarm();
        List<A> found = all.stream()
                .filter(actor -> actor.isFree() && which.test(actor))
                .toList();
        Preemption.arm(left, this::overtake);
        return found.isEmpty() ? null : found.get(random.nextInt(found.size()));
    }

    // ---- rest

    /**
     * Lets all actors go on, each when it is woken, until no actor has anything to do, or {@code enough} holds. The
     * clock stands.
     */
    private void goOn(BooleanSupplier enough) {
        Runnable before = elsewhere;
        elsewhere = this::anyTurn;
        boolean[] going = {true};
        for (int turns = 0; going[0] && !enough.getAsBoolean(); turns++) {
            play(() -> going[0] = anyTurn());
            if (turns > MOST_TURNS) {
                throw new AssertionError("the cache does not come to rest: " + cache.statusLine());
            }
        }
        elsewhere = before;
    }

    /** Lets all actors go on, each when it is woken, until no request waits. */
    void awaitAll(List<CrashRequest> requests) {
        goOn(() -> requests.stream().allMatch(CrashRequest::isEnded)
                && queues.stream().allMatch(queue -> queue.queue.isIdle()));
        requireEnded(requests);
    }

    private void requireEnded(List<CrashRequest> requests) {
        List<CrashRequest> waiting =
                requests.stream().filter(request -> !request.isEnded()).toList();
        if (!waiting.isEmpty()) {
            String status = cache.statusLine();
            throw new AssertionError("nothing is left to do, and " + waiting + " wait; " + notWoken() + "devices: "
                    + devices.stream().map(CrashBacking::underWay).toList() + "; " + status + ", " + cache.problems());
        }
    }

    /**
     * Lets all actors go on, each when it is woken, until no actor has anything to do. Fails if a request waits then,
     * or if an actor would have something to do and was not woken.
     */
    void requireRest(List<CrashRequest> requests) {
        goOn(() -> false);
        requireEnded(requests);
        clock.advance(LONG_NANOS);
        goOn(() -> false);
        String notWoken = notWoken();
        if (!notWoken.isEmpty()) {
            throw new AssertionError("nothing is left to do, but " + notWoken);
        }
    }

    /** The actors that do something when called, although nobody has called them. */
    private String notWoken() {
        StringBuilder all = new StringBuilder();
        for (Queue queue : queues) {
            queue.as(queue::turn);
            if (queue.again) {
                all.append(queue).append(" goes on when it is polled, and was not woken; ");
            }
        }
        for (AgentActor actor : agents) {
            actor.as(actor::turn);
            // Memory is taken ahead, and more of it is taken when half of that is gone: until then, nobody waits.
            if (actor.again && !actor.agent.name().equals("memory")) {
                all.append(actor).append(" goes on when it is called, and was not woken; ");
            }
        }
        return all.toString();
    }

    /** Closes the queues, which must have nothing under way. */
    void close() {
        devices.forEach(device -> device.follow(null));
        queues.forEach(queue -> queue.queue.close());
    }
}
