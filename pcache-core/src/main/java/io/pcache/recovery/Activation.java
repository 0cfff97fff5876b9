package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.MemoryNeeds;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.health.CacheEvents;
import io.pcache.health.Health;
import io.pcache.identity.IdentityRecord;
import io.pcache.index.CacheIndex;
import io.pcache.log.CarryOver;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetRing;
import io.pcache.log.LogOrder;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.NoRoomException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import io.pcache.route.CacheMode;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentTable;
import io.pcache.slab.MemoryShortageException;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import io.pcache.wake.SpaceWaiters;
import io.pcache.writeback.ThroughBacklog;
import java.io.IOException;
import java.util.Optional;

/**
 * Brings a cache up from its device: formats a blank one (or a foreign one, if told to), checks and replays one that
 * exists. Either all of it succeeds, or a named error is thrown and the device is as it was (but for a blank device,
 * which may then carry an empty cache).
 *
 * <p>Reasons are the kernel target's, a detail line in front where there is one.
 */
public final class Activation {
    private static final String CACHE_DEVICE = "Failed to start cache dev";
    private static final String CACHE = "Failed to start pcache";
    /** The log's segment, the one it goes on in, and one for data: with fewer, writes would wait for ever. */
    private static final int MIN_SEGMENTS = 3;
    /** One request of so many is timed: reading the clock twice would be a tenth of a small write. */
    private static final int TIMED_REQUESTS = 16;

    private static final long MIB = 1 << 20;

    private final CacheMemory memory;
    private final long backingBytes;
    /** Null where no more is known of it than its size. */
    private final BackingDevice backing;

    private final PCacheConfig config;
    private final DuplicatedRecord info;
    /** Reads the device, which may take room on it: not before it is known that there is room. */
    private IdentityCheck identity;
    /** Whether this is a look ahead, which ends where a device would be formatted. */
    private final boolean foreseeing;

    private boolean allocated;
    private boolean formatted;
    private boolean blank;
    private int segmentsOnDevice;
    private KeySetRing ring;

    private Activation(
            CacheMemory memory, long backingBytes, BackingDevice backing, PCacheConfig config, boolean foreseeing) {
        this.foreseeing = foreseeing;
        this.memory = memory;
        this.backingBytes = backingBytes;
        this.backing = backing;
        this.config = config;
        this.info = RecordKind.CACHE_INFO.in(memory);
    }

    /**
     * What activation yields.
     *
     * @param info the cache info as it is on the device
     * @param superblockFlags for the status line
     * @param activationHead where replay stopped
     * @param formatted whether the device was blank
     * @param identity the record of the backing device; null where none is kept
     * @param writtenThrough whether all that is dirty was written through, and all will be
     * @param summary what replay found, for the log
     */
    public record Result(
            CachedData data,
            CacheIndex index,
            KeyLog log,
            Tails tails,
            Doorbells doorbells,
            Health health,
            CacheStats stats,
            DuplicatedRecord info,
            int superblockFlags,
            int segmentsOnDevice,
            long activationHead,
            boolean formatted,
            IdentityRecord identity,
            boolean writtenThrough,
            String summary) {

        /** Gives the memory of the index and of the data checksums back. Who still reads them finds nothing there. */
        public void releaseMemory() {
            index.close();
            if (data.checksums() != null) {
                data.checksums().close();
            }
        }
    }

    /**
     * Activates the cache on a device that is opened for this alone; so is the backing device, from which is read
     * whether it is a cache, too, and what the configuration wants compared.
     */
    public static Result activate(CacheMemory memory, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        return activate(new Activation(memory, backing.sizeBytes(), backing, config, false));
    }

    /**
     * What {@link #activate(CacheMemory, BackingDevice, PCacheConfig)} would yield, or why it would be refused.
     *
     * @param memory keeps to itself what is stored, so that the device stays as it is
     * @return empty where a cache would be made; a result's memory is the caller's to {@linkplain Result#releaseMemory
     *     release}
     */
    public static Optional<Result> foresee(CacheMemory memory, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        return Optional.ofNullable(activate(new Activation(memory, backing.sizeBytes(), backing, config, true)));
    }

    /**
     * As {@link #activate(CacheMemory, BackingDevice, PCacheConfig)}, where no more is known of the backing device than
     * its size.
     */
    public static Result activate(CacheMemory memory, long backingBytes, PCacheConfig config) throws PCacheException {
        return activate(new Activation(memory, backingBytes, null, config, false));
    }

    private static Result activate(Activation activation) throws PCacheException {
        try {
            return activation.run();
        } catch (CacheMemoryException e) {
            throw new PCacheException(Errno.EIO, e, e.getMessage(), general(CACHE_DEVICE, Errno.EIO));
        } finally {
            if (activation.ring != null) {
                activation.ring.discardUnused();
            }
        }
    }

    private static String general(String what, int errno) {
        return what + " (-" + Errno.name(errno) + ")";
    }

    private static PCacheException refuse(int errno, String general, String detail) {
        return new PCacheException(errno, detail, general(general, errno));
    }

    private static PCacheException damaged(int errno, String general, String detail) {
        return PCacheException.damage(errno, null, detail, general(general, errno));
    }

    private void requireRoom() throws PCacheException {
        try {
            memory.requireRoom();
        } catch (NoRoomException e) {
            throw new PCacheException(e.errno(), e, e.getMessage());
        }
    }

    /** In front of the first store; once. */
    private void allocate() throws PCacheException {
        if (allocated) {
            return;
        }
        allocated = true;
        config.progress().at("allocate", 0, 0);
        try {
            if (!memory.allocate(done -> config.progress().at("allocate", done, memory.size()))) {
                config.events()
                        .event(
                                CacheEvents.Kind.CACHE_ERROR,
                                "the cache file has holes, and its file system cannot fill them ahead (no "
                                        + "fallocate): should it become full,"
                                        + " stores into the cache fail, and the target may end");
            }
        } catch (NoRoomException e) {
            throw new PCacheException(e.errno(), e, e.getMessage());
        }
    }

    /** Null where a look ahead has come to a device that would be formatted. */
    private Result run() throws PCacheException {
        int flags = superblock();
        if (foreseeing && formatted) {
            return null;
        }
        identity = new IdentityCheck(memory, config);
        if (!info.load() || (info.getInt(CacheInfoLayout.FLAGS) & CacheInfoLayout.FLAG_INIT_DONE) == 0) {
            requireUnused();
            requireExisting();
            refuseSwapped();
            if (foreseeing) {
                return null;
            }
            allocate();
            blank = true;
            new Formatter(memory, config.progress())
                    .initialiseCache(info.at(DeviceLayout.CACHE_INFO), segmentsOnDevice, config.dataCrc());
        }
        checkInfo();
        if (!blank) {
            identity.beforeReplay();
        }
        int[] chain = chain();
        Tails tails = new Tails(memory);
        if (!tails.load()) {
            throw damaged(Errno.EIO, CACHE, "Corrupted key tail or dirty tail.");
        }
        // Replay may store: what a predecessor left, tails that it mends.
        allocate();
        ring = openRing();
        LogRecovery recovery = new LogRecovery(memory, backingBytes, config, chain, tails, this::completePredecessor);
        boolean up = false;
        try {
            Result result = bringUp(recovery, flags, tails);
            up = true;
            return result;
        } catch (LogRecovery.RefusedException e) {
            throw PCacheException.damage(
                    Errno.EIO, e, e.getMessage(), "failed to replay keys", general(CACHE, Errno.EIO));
        } catch (BeyondBackingException e) {
            throw refuse(
                    Errno.EINVAL,
                    CACHE,
                    e.getMessage() + ", which has " + backingBytes + " bytes: it has shrunk, or it is another one"
                            + identity.noted()
                            + "; nothing was written; give the cache its own device, at its former size, or let "
                            + "'pcachectl writeback --skip-beyond-end' save what fits");
        } catch (MemoryShortageException e) {
            throw shortage(recovery, e);
        } finally {
            if (!up) {
                recovery.close();
            }
        }
    }

    private PCacheException shortage(LogRecovery recovery, MemoryShortageException e) {
        long available = recovery.takenBytes() + e.availableBytes();
        recovery.close();
        long keys = recovery.countKeys();
        long needed = Math.max(MemoryNeeds.keysBytes(keys, config.dataCrc()), available + e.wantedBytes());
        return new PCacheException(
                Errno.ENOMEM,
                e,
                "not enough memory: the cache holds " + keys + " keys, whose index takes up to "
                        + (needed + MIB - 1) / MIB + " MiB, " + available / MIB
                        + " MiB are available; nothing was changed; free some, or use --force to take it all the same",
                general(CACHE, Errno.ENOMEM));
    }

    private Result bringUp(LogRecovery recovery, int flags, Tails tails)
            throws LogRecovery.RefusedException, PCacheException {
        recovery.run();
        String compared = compare(recovery);
        SegmentTable segments = recovery.segments();
        Replay replay = recovery.replay();
        CacheStats stats = new CacheStats(TIMED_REQUESTS, config.clock());
        Health health = new Health(config.events(), stats, config.clock());
        Doorbells doorbells = new Doorbells(new SpaceWaiters(config.clock()));
        segments.open(new SegmentEvents(doorbells, health, stats));
        beginRing();
        LogOrder order = new LogOrder(segments, health);
        KeyLog log = new KeyLog(memory, segments, replay.end(), stats, ring, doorbells, config.clock(), order);
        health.onStop(cause -> {
            log.stop(cause);
            doorbells.logRefused();
        });
        tails.open(order, log::committedHead);
        prepareLog(log, segments, replay.end());
        CachedData data = new CachedData(memory, segments, recovery.checksums());
        boolean through = config.cacheMode() == CacheMode.WRITETHROUGH
                && (tails.dirtyTail() == replay.end() || identity.isWrittenThrough());
        writeThroughBacklog(data, recovery.index(), tails, replay.end(), stats);
        return new Result(
                data,
                recovery.index(),
                log,
                tails,
                doorbells,
                health,
                stats,
                info,
                flags,
                segmentsOnDevice,
                replay.end(),
                formatted,
                identity.keep(blank, through),
                through,
                recovery.summary() + compared);
    }

    private void writeThroughBacklog(CachedData data, CacheIndex index, Tails tails, long head, CacheStats stats) {
        if (!blank && !foreseeing && backing != null && identity.isWrittenThrough()) {
            ThroughBacklog.write(data, index, tails, head, backing, stats, config.clock(), config.progress());
        }
    }

    /** Whether this is the backing device that the cache has known. Returns what is to be said of it. */
    private String compare(LogRecovery recovery) throws PCacheException {
        if (blank || backing == null) {
            return "";
        }
        identity.afterReplay(recovery.index());
        CleanDataCheck check = new CleanDataCheck(
                memory, recovery.segments(), recovery.index(), backing, config.progress(), config.clock());
        long difference = check.run(config.verify());
        if (difference >= 0) {
            throw refuse(
                    Errno.EINVAL,
                    CACHE,
                    "the backing device " + backing.path() + " differs at its byte " + difference
                            + " from what the cache holds of it as clean: it was written "
                            + "without its cache, or is an old copy or another device, or one of the two is "
                            + "damaged; nothing was written; where the backing device is right, save dirty data "
                            + "that is "
                            + "wanted ('pcachectl writeback " + device() + " " + backing.path()
                            + "'), then 'pcachectl wipe " + device()
                            + "' and create the cache anew; where the cache is right, "
                            + "'create --verify none'");
        }
        return check.summary();
    }

    /**
     * The segment in which the log goes on was taken by a predecessor, perhaps long ago. If there is a bad place in
     * what is left of it, the log leaves it at once; for that, only the place of the link has to be good. Where not
     * even that is, activation fails, and the dirty data is left to the tools.
     */
    private void prepareLog(KeyLog log, SegmentTable segments, long head) {
        long at = segments.dataOffset(Position.segment(head)) + Position.offset(head);
        try {
            memory.prepare(at, DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(head));
        } catch (CacheMemoryException e) {
            try {
                memory.prepare(at, KeySetLayout.HEADER_BYTES);
            } catch (CacheMemoryException here) {
                throw new CacheMemoryException(
                        "the log cannot go on at " + Position.text(head) + " (byte " + at + " of the cache device): "
                                + here.getMessage() + "; 'pcachectl writeback' saves the dirty data",
                        here);
            }
            log.leaveSegment();
            config.events()
                    .event(
                            CacheEvents.Kind.CACHE_ERROR,
                            "the log leaves segment " + Position.segment(head) + " early: " + e.getMessage());
        }
    }

    // ---- superblock
    // -----------------------------------------------------------------------------------------------------------

    /** Checks the superblock, formats a blank device; returns the superblock's flags. */
    private int superblock() throws PCacheException {
        if (memory.size() < DeviceLayout.MIN_DEVICE_BYTES) {
            throw refuse(
                    Errno.ENOSPC,
                    CACHE_DEVICE,
                    "cache device is too small: " + memory.size() + " bytes, required at least "
                            + DeviceLayout.MIN_DEVICE_BYTES);
        }
        requireRoom();
        int onDevice = DeviceLayout.segmentsIn(memory.size());
        Superblock superblock = new Superblock(memory).load();
        if (!superblock.hasMagic() && !superblock.isBigEndian()) {
            refuseSwapped();
        }
        if (superblock.isBlank() || isForeign(superblock)) {
            requireExisting();
            format(onDevice);
            if (foreseeing) {
                return 0;
            }
            superblock.load();
        }
        if (superblock.isBigEndian()) {
            throw refuse(Errno.EINVAL, CACHE_DEVICE, "cache_dev is big endian");
        }
        if (!superblock.hasMagic()) {
            if (DeviceContent.hasTraces(memory)) {
                throw damagedMagic(superblock);
            }
            throw refuse(
                    Errno.EINVAL,
                    CACHE_DEVICE,
                    magic(superblock)
                            + ": something unknown is on the cache device; nothing was written, --force or not; "
                            + "if it is not wanted, "
                            + "'pcachectl wipe " + device() + "' clears it");
        }
        if (!superblock.isIntact()) {
            throw damaged(
                    Errno.EINVAL,
                    CACHE_DEVICE,
                    "corrupted sb: " + Integer.toUnsignedString(superblock.storedChecksum()) + ", expected: "
                            + Integer.toUnsignedString(superblock.computedChecksum()));
        }
        segmentsOnDevice = superblock.segNum();
        if (segmentsOnDevice > onDevice && segmentsOnDevice <= DeviceLayout.MAX_SEGMENTS) {
            throw refuse(
                    Errno.EIO,
                    CACHE_DEVICE,
                    "the cache device is shorter than the cache on it: it has " + memory.size() + " bytes, the cache's "
                            + segmentsOnDevice
                            + " segments take " + DeviceLayout.segment(segmentsOnDevice)
                            + "; it was cut short, or is part of a copy; nothing was written; make it as long "
                            + "as it was, with what it held; "
                            + "if it was never longer, 'pcachectl check " + device()
                            + "' tells what is wrong with the superblock");
        }
        if (segmentsOnDevice > 0 && segmentsOnDevice < onDevice) {
            notice("the cache device has room for " + onDevice + " segments, and the cache was made with "
                    + segmentsOnDevice
                    + ": what was added is not used; to use it, write the cache back, 'pcachectl wipe " + device()
                    + "', and create it anew");
        }
        if (segmentsOnDevice <= 0 || segmentsOnDevice > onDevice) {
            throw damaged(
                    Errno.EIO,
                    CACHE_DEVICE,
                    "invalid seg_num " + Integer.toUnsignedString(segmentsOnDevice)
                            + " from cache device (device holds " + onDevice + ", max " + DeviceLayout.MAX_SEGMENTS
                            + ")");
        }
        return superblock.flags();
    }

    /**
     * With the words of a table in the wrong order, what is to be cached would become the cache, and the cache be
     * written over by its clients.
     */
    private void refuseSwapped() throws PCacheException {
        if (!formatted && !config.overwriteForeign() && backing != null && BackingSignature.isCache(backing)) {
            throw refuse(
                    Errno.EBUSY,
                    CACHE_DEVICE,
                    "the backing device carries a pcache cache, and the cache device does not: they may be "
                            + "swapped in the table, "
                            + "where the cache device comes first; nothing was written; swap them, or use "
                            + "--force if they are right as they are");
        }
    }

    private void requireExisting() throws PCacheException {
        if (config.existing()) {
            throw refuse(
                    Errno.EINVAL,
                    CACHE_DEVICE,
                    "there is no cache on it, and the device that is to go on had one; nothing was written; bring "
                            + "that cache back to its place and use 'pcachectl restart', or remove the device");
        }
    }

    /** For commands that are told. */
    private String device() {
        return memory.path() == null ? "CACHE" : memory.path();
    }

    /**
     * Whether something is known to be on the device whose bytes lie where a superblock would have its magic. What is
     * not known may be anything, and stays.
     */
    private boolean isForeign(Superblock superblock) throws PCacheException {
        if (superblock.hasMagic() || superblock.isBigEndian() || DeviceContent.known(memory) == null) {
            return false;
        }
        // The first 4 KiB of a cache device are what they were before it was one: a signature alone proves nothing.
        if (DeviceContent.hasTraces(memory)) {
            throw damagedMagic(superblock);
        }
        return true;
    }

    private void notice(String text) {
        config.events().event(CacheEvents.Kind.NOTICE, text);
    }

    private static String magic(Superblock superblock) {
        return "unexpected magic: " + Long.toHexString(superblock.magic());
    }

    private static PCacheException damagedMagic(Superblock superblock) {
        return damaged(
                Errno.EINVAL,
                CACHE_DEVICE,
                magic(superblock)
                        + "; what follows is of a pcache cache, whose superblock may be damaged; nothing was "
                        + "written, --force or not");
    }

    private void format(int segments) throws PCacheException {
        String content = config.overwriteForeign() ? null : DeviceContent.find(memory);
        if (content != null) {
            throw refuse(
                    Errno.EBUSY,
                    CACHE_DEVICE,
                    "the cache device carries " + content + "; nothing was written; 'pcachectl wipe " + device()
                            + "' clears it, --force formats it as it is");
        }
        formatted = true;
        if (foreseeing) {
            return;
        }
        allocate();
        new Formatter(memory, config.progress()).formatDevice(segments);
    }

    // ---- cache info and segments
    // ----------------------------------------------------------------------------------------------

    /**
     * A cache whose info says, or whose damaged info leaves open, that activation never succeeded is initialised anew.
     * One to which a key was ever written is not such a cache: its log has a first key-set, or a tail has left the
     * start.
     */
    private void requireUnused() throws PCacheException {
        Tails tails = new Tails(memory);
        tails.load();
        boolean unused = !info.isUnreadable() && tails.areAtStart() && memory.getLong(DeviceLayout.segmentData(0)) == 0;
        if (!unused) {
            throw damaged(
                    Errno.EIO,
                    CACHE,
                    "cache info at bytes " + DeviceLayout.CACHE_INFO + " and "
                            + (DeviceLayout.CACHE_INFO + DeviceLayout.METADATA_SPACING)
                            + " is damaged or not initialised, but the cache has been in use; nothing was written");
        }
    }

    private void checkInfo() throws PCacheException {
        int flags = info.getInt(CacheInfoLayout.FLAGS);
        boolean dataCrc = (flags & CacheInfoLayout.FLAG_DATA_CRC) != 0;
        if (dataCrc != config.dataCrc()) {
            throw PCacheException.otherDataCrc(config.dataCrc());
        }
        if (CacheInfoLayout.mode(flags) != CacheInfoLayout.MODE_WRITEBACK) {
            throw damaged(
                    Errno.EINVAL,
                    CACHE,
                    "cache info at byte " + DeviceLayout.CACHE_INFO + " has cache mode " + CacheInfoLayout.mode(flags)
                            + ", expected " + CacheInfoLayout.MODE_WRITEBACK + " (writeback)");
        }
        int percent = CacheInfoLayout.gcPercent(flags);
        if (percent > DeviceLayout.GC_PERCENT_MAX) {
            throw damaged(
                    Errno.EINVAL,
                    CACHE,
                    "cache info at byte " + DeviceLayout.CACHE_INFO + " has gc_percent " + percent + ", expected 0.."
                            + DeviceLayout.GC_PERCENT_MAX);
        }
        int count = info.getInt(CacheInfoLayout.N_SEGS);
        if (count < MIN_SEGMENTS || count > segmentsOnDevice) {
            throw damaged(
                    Errno.EIO,
                    CACHE,
                    "cache info at byte " + DeviceLayout.CACHE_INFO + " has n_segs " + Integer.toUnsignedString(count)
                            + ", expected " + MIN_SEGMENTS + " to " + segmentsOnDevice);
        }
    }

    private int[] chain() throws PCacheException {
        try {
            return SegmentChain.follow(
                    memory, info.getInt(CacheInfoLayout.SEG_ID), info.getInt(CacheInfoLayout.N_SEGS), segmentsOnDevice);
        } catch (SegmentChain.BrokenException e) {
            throw PCacheException.damage(Errno.EIO, e, e.getMessage(), general(CACHE, Errno.EIO));
        }
    }

    // ---- key-sets of a predecessor
    // --------------------------------------------------------------------------------------------

    /**
     * Key-sets of a predecessor that was killed become part of the log. Returns what is to be said of that; null for
     * nothing.
     */
    private String completePredecessor(SegmentTable segments, long from) {
        try {
            return blank ? null : new CarryOver(memory, segments, ring, backingBytes).complete(from, info.seq());
        } catch (IOException e) {
            return "what a predecessor left in " + config.carryOver() + " is not used: " + e;
        }
    }

    private KeySetRing openRing() {
        if (config.carryOver() != null) {
            try {
                return foreseeing ? copyOfRing() : KeySetRing.in(config.carryOver());
            } catch (IOException e) {
                config.events()
                        .event(
                                CacheEvents.Kind.CACHE_ERROR,
                                "should this process be killed, acknowledged writes that are not durable are lost: "
                                        + e);
            }
        }
        return KeySetRing.inProcess();
    }

    private KeySetRing copyOfRing() throws IOException {
        KeySetRing copy = KeySetRing.copyOf(config.carryOver());
        return copy == null ? KeySetRing.inProcess() : copy;
    }

    /**
     * With a new sequence number of the cache info first: another ring that was this cache's is not from now on. Makes
     * durable all that replay relied on, too.
     */
    private void beginRing() {
        if (blank) {
            memory.drain();
            memory.sync();
        } else {
            info.store();
        }
        try {
            ring.begin(memory.size(), info.seq());
        } catch (IOException e) {
            config.events()
                    .event(
                            CacheEvents.Kind.CACHE_ERROR,
                            "should this process be killed, acknowledged writes that are not durable are lost: " + e);
        }
    }
}
