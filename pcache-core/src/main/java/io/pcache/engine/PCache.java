package io.pcache.engine;

import io.pcache.agent.Agent;
import io.pcache.agent.AgentThread;
import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.CacheDisk;
import io.pcache.cache.CacheInUseException;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.flight.Flights;
import io.pcache.gc.GarbageCollector;
import io.pcache.health.CacheEvents;
import io.pcache.health.Condition;
import io.pcache.health.Health;
import io.pcache.identity.IdentityRecord;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.invariant.Invariant;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetRing;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.persist.Committer;
import io.pcache.placement.WriteThrottle;
import io.pcache.policy.Admission;
import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;
import io.pcache.queue.CacheQueues;
import io.pcache.recovery.Activation;
import io.pcache.request.BlockDevice;
import io.pcache.request.RequestQueue;
import io.pcache.route.CacheMode;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentMap;
import io.pcache.segment.SegmentTable;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import io.pcache.slab.GrowingMemory;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import io.pcache.writeback.BatchPace;
import io.pcache.writeback.WriteBack;
import io.pcache.writeback.YieldingPace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A cache in front of a backing device: a block device that survives crashes.
 *
 * <p>{@link #open} activates the cache, {@link #start} gives the agents their threads, {@link #openQueue} lets requests
 * in, {@link #close} ends the cache. Without {@link #start}, a test may call the agents' {@code doWork} itself.
 *
 * <p>Safe for use by any thread; {@link #close} by one thread at a time.
 */
public final class PCache implements BlockDevice, AutoCloseable {
    private static final long CLOSE_PATIENCE_MS = 30_000;

    private final CacheMemory memory;
    /** The cache device once more, for transfers of data; null where data goes through {@link #memory}. */
    private final CacheDisk cacheDevice;

    private final BackingDevice backing;
    private final PCacheConfig config;
    private final Activation.Result result;
    private final SegmentTable segments;
    private final KeyLog log;
    private final Tails tails;
    private final Doorbells doorbells;
    private final Health health;
    /** The cache info. Guarded by this, which is also held while the cache info is made durable. */
    private final DuplicatedRecord info;
    /**
     * Null if no record is kept. Write-back's thread writes the record; once this thread has ended, {@link #close}
     * does.
     */
    private final IdentityRecord identity;
    /** The flags in {@link #info}, for readers that must not wait for a store of the cache info. */
    private volatile int infoFlags;

    private final int superblockFlags;
    private final int segmentsOnDevice;
    private final boolean formatted;
    private final String replaySummary;
    private final Committer committer;
    private final WriteBack writeBack;
    private final GarbageCollector gc;
    private final SegmentPreparer preparer;
    /** Null where there is no {@link #cacheDevice}. */
    private final SegmentDiscarder discarder;

    private final MemoryGrower grower;
    private final CacheQueues queues;
    private final List<AgentThread> threads = new ArrayList<>();

    private PCache(
            CacheMemory memory,
            CacheDisk cacheDevice,
            BackingDevice backing,
            PCacheConfig config,
            Activation.Result result) {
        this.memory = memory;
        this.cacheDevice = cacheDevice;
        this.backing = backing;
        this.config = config;
        this.result = result;
        this.segments = result.data().segments();
        this.log = result.log();
        this.tails = result.tails();
        this.doorbells = result.doorbells();
        this.health = result.health();
        this.info = result.info();
        this.identity = result.identity();
        this.infoFlags = info.getInt(CacheInfoLayout.FLAGS);
        this.superblockFlags = result.superblockFlags();
        this.segmentsOnDevice = result.segmentsOnDevice();
        this.formatted = result.formatted();
        this.replaySummary = result.summary();
        if (cacheDevice != null) {
            log.writeDurablyBy(this::writeDurably);
            if (cacheDevice.writesAreDurable()) {
                log.dataIsDurable();
            }
        }
        CachedData data = result.data();
        CacheIndex index = result.index();
        CacheStats stats = result.stats();
        Clock clock = config.clock();
        WriteRate rate = new WriteThrottle(log, segments);
        Flights flights = new Flights();
        BackingFlushes backingFlushes = new BackingFlushes();
        this.committer = new Committer(log, !memory.syncIsSlow(), health, doorbells, clock);
        this.writeBack = new WriteBack(
                data,
                cacheDevice,
                index,
                log,
                tails,
                pace(rate, index, stats, clock),
                flights,
                backingFlushes,
                backing,
                result.activationHead(),
                config.cacheMode() == CacheMode.WRITETHROUGH,
                result.writtenThrough(),
                doorbells,
                health,
                stats,
                clock);
        writeBack.onWrittenThrough(() -> keepUse(identity == null ? 0 : identity.inUseSince()));
        this.gc = new GarbageCollector(
                data,
                index,
                tails,
                rate,
                backing.sizeBytes(),
                doorbells,
                health,
                stats,
                CacheInfoLayout.gcPercent(infoFlags));
        this.grower = new MemoryGrower(growing(data, index), config.freeMemory(), doorbells, health);
        this.preparer = new SegmentPreparer(segments, doorbells);
        this.discarder = cacheDevice == null
                ? null
                : new SegmentDiscarder(segments, cacheDevice, doorbells, health, stats, clock);
        this.queues = new CacheQueues(
                config.cacheMode(),
                config.sizeBytes(),
                backing.logicalBlockBytes(),
                data,
                cacheDevice,
                config.transferBuffers(),
                index,
                log,
                flights,
                backingFlushes,
                rate,
                Admission.ALL,
                committer,
                doorbells,
                health,
                stats);
    }

    private void writeDurably(long offset, ByteBuffer source, int index, int length) {
        try {
            cacheDevice.writeDurably(offset, source, index, length);
            memory.requireWhole();
        } catch (UncheckedIOException e) {
            throw new CacheMemoryException(
                    "cache device " + memory.describe() + ": cannot write the log at " + offset + ": "
                            + e.getCause().getMessage(),
                    e);
        }
    }

    /** Where clients and write-back share the cache disk, clients go first. */
    private CleaningPace pace(WriteRate rate, CacheIndex index, CacheStats stats, Clock clock) {
        CleaningPace whole = new BatchPace(rate);
        return cacheDevice == null
                ? whole
                : new YieldingPace(
                        whole,
                        rate,
                        stats::requests,
                        () -> index.dirtySectors() << DeviceLayout.SECTOR_SHIFT,
                        (long) segments.count() * DeviceLayout.SEGMENT_BYTES,
                        clock);
    }

    private static List<GrowingMemory> growing(CachedData data, CacheIndex index) {
        return data.checksums() == null ? List.of(index) : List.of(index, data.checksums());
    }

    /**
     * Activates the cache: formats a blank cache device, or replays a cache that exists.
     *
     * @param memory the cache device; stays the caller's if this call fails, and is closed by {@link #close} otherwise
     * @param backing likewise
     * @throws PCacheException with the kernel target's errno and reasons; nothing is changed on an existing cache then
     */
    public static PCache open(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
        return open(memory, null, backing, config);
    }

    /**
     * As {@link #open(CacheMemory, BackingDevice, PCacheConfig)}, for a disk whose data is stored and loaded by
     * transfers past the page cache.
     *
     * @param cacheDevice the cache device once more; null for none. The memory's syncs are this device's flushes
     */
    public static PCache open(CacheMemory memory, CacheDisk cacheDevice, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        if (config.sizeBytes() > backing.sizeBytes()) {
            throw new PCacheException(
                    Errno.EINVAL,
                    "table length " + config.sizeBytes() / DeviceLayout.SECTOR_BYTES + " exceeds backing device size "
                            + backing.sizeBytes() / DeviceLayout.SECTOR_BYTES + " (-EINVAL)");
        }
        return new PCache(memory, cacheDevice, backing, config, Activation.activate(memory, backing, config));
    }

    /**
     * Starts the background threads.
     *
     * @param onFailure called when a thread ends unexpectedly: must end the process, or the device would hang
     */
    public PCache start(Consumer<Throwable> onFailure) {
        for (Agent agent : agents()) {
            threads.add(new AgentThread(agent, config.name(), config.clock(), onFailure).start());
        }
        return this;
    }

    /** The agents. Each is for a thread of its own, or for a test to call. From now on, only one agent takes memory. */
    List<Agent> agents() {
        grower.takeOver();
        List<Agent> agents = new ArrayList<>(List.of(committer, writeBack, gc, grower));
        if (memory.kind() == CacheMemory.Kind.DAX) {
            agents.add(preparer);
        }
        if (discarder != null) {
            agents.add(discarder);
        }
        return agents;
    }

    @Override
    public long sizeBytes() {
        return config.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return backing.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return Math.max(4096, backing.physicalBlockBytes());
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public boolean wantsBuffers() {
        return cacheDevice != null;
    }

    @Override
    public RequestQueue openQueue(BackingQueue ownBacking, Runnable wake) {
        BackingQueue queue = ownBacking != null ? ownBacking : backing.openQueue(wake);
        return queues.open(queue, ownBacking == null, wake);
    }

    // ---- control
    // --------------------------------------------------------------------------------------------------------------

    /**
     * Changes a setting of the engine while the cache is in use, at once.
     *
     * @param setting a setting that {@linkplain Setting#isMessage messages} change
     * @param value in the setting's range
     * @throws IllegalArgumentException for a value out of range, or a setting that the engine does not change
     * @throws UnsupportedOperationException if this cache device cannot do what is wanted
     * @throws CacheMemoryException if the cache device failed to keep the value
     */
    public void set(Setting setting, String value) {
        String read = setting.range().read(value);
        if (read == null) {
            throw new IllegalArgumentException(
                    setting.key() + " must be " + setting.range().inWords());
        }
        switch (setting) {
            case GC_PERCENT -> storeGcPercent(Integer.parseInt(read));
            case CACHE_DISCARD -> setDiscard(read.equals("true"));
            default -> throw new IllegalArgumentException(setting.key() + " is not changed while the cache is in use");
        }
    }

    private void setDiscard(boolean wanted) {
        if (discarder != null) {
            discarder.set(wanted);
        } else if (wanted) {
            throw new UnsupportedOperationException(Setting.CACHE_DISCARD.key()
                    + " is for a cache on a disk, or in a file on one, whose data goes past " + "the page cache");
        }
    }

    /** As {@link #set}, for {@link Setting#GC_PERCENT}. */
    public void setGcPercent(int percent) {
        set(Setting.GC_PERCENT, Integer.toString(percent));
    }

    private synchronized void storeGcPercent(int percent) {
        KeySetRing ring = log.ring();
        byte current = info.seq();
        byte next = (byte) (current + 1);
        ring.bindTo(current, next);
        try {
            info.setInt(CacheInfoLayout.FLAGS, CacheInfoLayout.withGcPercent(infoFlags, percent))
                    .store();
            infoFlags = info.getInt(CacheInfoLayout.FLAGS);
        } catch (CacheMemoryException e) {
            health.cacheError("gc_percent could not be stored: " + e.getMessage());
            throw e;
        }
        ring.bindTo(next, next);
        gc.setGcPercent(percent);
    }

    /**
     * Tries again at once to write back data that the backing device refused, and to collect data that the cache device
     * did not give.
     */
    public void retryWriteBack() {
        writeBack.retryNow();
        gc.retryNow();
        doorbells.retryWanted();
    }

    /** The present settings. */
    public SettingValues settings() {
        return config.settings()
                .with(Setting.GC_PERCENT, Integer.toString(gcPercent()))
                .with(Setting.CACHE_DISCARD, Boolean.toString(discarder != null && discarder.isOn()));
    }

    /** The fields of the status line behind {@code pcache}, as the kernel target prints them. */
    public String statusLine() {
        return Integer.toHexString(superblockFlags)
                + ' '
                + segmentsOnDevice
                + ' '
                + segments.count()
                + ' '
                + segments.used()
                + ' '
                + gc.gcPercent()
                + ' '
                + Integer.toHexString(infoFlags)
                + ' '
                + Position.text(log.committedHead())
                + ' '
                + Position.text(tails.dirtyTail())
                + ' '
                + Position.text(tails.keyTail());
    }

    /**
     * What each segment holds. Walks the index, a part at a time under the part's lock: the more is cached, the more
     * this costs.
     */
    public SegmentMap map() {
        SegmentMap map = segments.map();
        result.index()
                .forEach((subtree, extent) ->
                        map.addData(Extent.segment(extent), Extent.sectors(extent), Extent.clean(extent)));
        map.log(tails.keyTail(), tails.dirtyTail(), log.committedHead());
        return map;
    }

    /** The UUID of the cache; empty if no identity record is kept. */
    public String uuid() {
        return identity == null || !identity.isValid() ? "" : identity.uuid().toString();
    }

    /** How data is stored and loaded; null if the cache device is neither a disk nor a file on a disk. */
    public CacheIo cacheIo() {
        if (memory.kind() != CacheMemory.Kind.PAGE_CACHE) {
            return null;
        }
        return cacheDevice == null ? CacheIo.BUFFERED : CacheIo.DIRECT;
    }

    public boolean dataCrc() {
        return config.dataCrc();
    }

    /**
     * Whether the backing device alone has all that was flushed: the mode is writethrough, and no data is dirty from
     * another mode.
     */
    public boolean writesThrough() {
        return writeBack.isWrittenThrough();
    }

    /** The cache's identity record; null if no record is kept. */
    public IdentityRecord identity() {
        return identity;
    }

    /** Whether activation has formatted the cache device. */
    public boolean wasFormatted() {
        return formatted;
    }

    /** What replay found at activation, in words. */
    public String replaySummary() {
        return replaySummary;
    }

    /** Whether no dirty data is left in the cache, as far as the data is committed. */
    public boolean isClean() {
        return writeBack.isClean();
    }

    /** Number of bytes that are in the cache and not on the backing device: the bytes that a map shows as dirty. */
    public long dirtyBytes() {
        return result.index().dirtySectors() * DeviceLayout.SECTOR_BYTES;
    }

    /**
     * How long the oldest data that is not written back has been in the cache, at the least since activation; 0 if
     * there is no such data.
     */
    public long oldestDirtyNanos() {
        return writeBack.oldestDirtyNanos();
    }

    /** The share of used segments, in percent, from which on garbage collection runs. */
    public int gcPercent() {
        return gc.gcPercent();
    }

    /** What is wrong now, by condition, with particulars; empty if all is well. */
    public Map<Condition, String> problems() {
        return health.problems();
    }

    /** Why write-back stands still; null if write-back works. */
    public String writeBackProblem() {
        return health.writeBackProblem();
    }

    /** Why garbage collection stands still; null if garbage collection works. */
    public String gcProblem() {
        return health.gcProblem();
    }

    /** What the cache has done since activation. Any thread may ask at any time. */
    public CacheStats stats() {
        return result.stats();
    }

    /** Number of segments of the cache. */
    public int segments() {
        return segments.count();
    }

    /** Number of segments that are not free. */
    public int usedSegments() {
        return segments.used();
    }

    /** Number of extents in the index. */
    public long extents() {
        return result.index().entries();
    }

    /** How long the write that has waited longest for room has waited, in nanoseconds; 0 if no write waits. */
    public long longestWaitNanos() {
        return doorbells.queues().longestWaitNanos();
    }

    /** For tests, which look at the parts and drive the agents by hand. */
    CacheParts parts() {
        return new CacheParts(
                result.data(), result.index(), log, tails, doorbells, health, committer, writeBack, gc, grower);
    }

    private void keepUse(long since) {
        try {
            if (identity != null) {
                identity.storeUse(since, writesThrough());
            }
        } catch (CacheMemoryException e) {
            health.events()
                    .event(
                            CacheEvents.Kind.CACHE_ERROR,
                            "the identity record does not say how the cache is used now: " + e.getMessage());
        }
    }

    /** As {@link #close(long)} with 30 s. A batch of write-back takes less, even on a slow disk. */
    @Override
    public void close() {
        close(CLOSE_PATIENCE_MS);
    }

    /**
     * Ends the cache: makes accepted writes durable, stops the threads, closes both devices. Dirty data stays in the
     * cache.
     *
     * @param patienceMs how long queues and threads may take to end
     * @throws CacheInUseException if a queue or a thread does not end. Queues and threads that have ended stay so. But
     *     the devices stay open and the memory stays mapped, since a thread that comes back would touch them. The
     *     caller may call again, or leave the cache to the end of the process
     * @throws CacheMemoryException if the last keys could not be made durable; everything is closed all the same
     */
    public void close(long patienceMs) {
        awaitUsers(config.clock().nanoTime() + patienceMs * 1_000_000);
        Closing closing = new Closing();
        closing.run(this::commitLast);
        closing.run(writeBack::passWritten);
        closing.run(writeBack::close);
        closing.run(this::requireNothingInFlight);
        closing.run(result::releaseMemory);
        closing.run(backing::close);
        if (cacheDevice != null) {
            closing.run(cacheDevice::close);
        }
        closing.run(memory::close);
        closing.end();
    }

    /** Waits for all threads and queues that may still be using the memory and the devices. */
    private void awaitUsers(long endNanos) {
        threads.forEach(AgentThread::requestStop);
        List<String> users = new ArrayList<>();
        boolean interrupted = Thread.interrupted();
        try {
            for (AgentThread thread : threads) {
                String user = thread.awaitEnd(endNanos);
                if (user != null) {
                    users.add(user);
                }
            }
            for (String owner : doorbells.queues().awaitNone(endNanos)) {
                users.add(
                        "thread " + owner + " has a queue open, perhaps with transfers under way of the backing device "
                                + backing.path());
            }
        } catch (InterruptedException e) {
            interrupted = true;
            users.add("the wait for the cache's threads was interrupted");
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!users.isEmpty()) {
            throw new CacheInUseException(users);
        }
    }

    private void commitLast() {
        log.seal();
        log.commit();
        try {
            log.ring().discard();
            keepUse(0);
        } catch (IOException e) {
            // The ring is empty, so the file does no harm to the next user of the cache.
            health.events().event(CacheEvents.Kind.CACHE_ERROR, config.carryOver() + " is left behind: " + e);
        }
    }

    /** {@link Invariant#NOTHING_IN_FLIGHT}: looks once at each segment, after the last keys were made durable. */
    private void requireNothingInFlight() {
        if (health.isStopped()) {
            return;
        }
        String user = queues.areIdle() ? segments.unexpectedUser() : "transfers of the backing device are under way";
        if (user != null) {
            throw health.broken(Invariant.NOTHING_IN_FLIGHT, "the cache is closed, and " + user);
        }
    }

    /** Takes all steps, even if some of them fail. */
    private static final class Closing {
        private RuntimeException failure;

        void run(Runnable step) {
            try {
                step.run();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }

        void end() {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
