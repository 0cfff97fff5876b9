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
 * Brings up a cache from its device. A blank device is formatted, and so is a device with foreign content if the
 * configuration says so. A cache that exists is checked and replayed. If activation fails, a named error is thrown and
 * the device is as before; only a blank device may then carry an empty cache.
 *
 * <p>The reasons in an error are those of the kernel target. If there is a detail line, it comes first.
 */
public final class Activation {
    private static final String CACHE_DEVICE = "Failed to start cache dev";
    private static final String CACHE = "Failed to start pcache";
    /**
     * One segment for the log, one in which the log goes on, and one for data: with fewer, writes would wait for ever.
     */
    private static final int MIN_SEGMENTS = 3;
    /** One request of so many is timed: reading the clock twice takes a tenth of the time of a small write. */
    private static final int TIMED_REQUESTS = 16;

    private static final long MIB = 1 << 20;

    private final CacheMemory memory;
    private final long backingBytes;
    /** Null if only the size of the backing device is known. */
    private final BackingDevice backing;

    private final PCacheConfig config;
    private final DuplicatedRecord info;
    /** Null until the device is known to have room: this check reads the device, and reading may take room there. */
    private IdentityCheck identity;
    /** Whether this is only a look ahead, which ends where a device would be formatted. */
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
     * The result of an activation.
     *
     * @param info the cache info that is on the device
     * @param superblockFlags for the status line
     * @param activationHead where replay stopped
     * @param formatted whether this activation has formatted the device
     * @param identity the record of the backing device; null if no record is kept
     * @param writtenThrough whether all dirty data was written through, and all that becomes dirty will be
     * @param summary what replay has found, in words, for the operator
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

        /**
         * Gives back the memory of the index and of the data checksums. A thread that still reads them finds nothing
         * there.
         */
        public void releaseMemory() {
            index.close();
            if (data.checksums() != null) {
                data.checksums().close();
            }
        }
    }

    /**
     * Activates the cache on a device. Both devices are opened for this cache alone. From the backing device,
     * activation reads whether the backing device carries a cache too, and reads the data that the configuration wants
     * compared.
     */
    public static Result activate(CacheMemory memory, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        return activate(new Activation(memory, backing.sizeBytes(), backing, config, false));
    }

    /**
     * Tells what {@link #activate(CacheMemory, BackingDevice, PCacheConfig)} would yield, or why activation would be
     * refused.
     *
     * @param memory keeps stores to itself, so that the device stays as it is
     * @return empty if a new cache would be made; otherwise a result, whose memory the caller must
     *     {@linkplain Result#releaseMemory release}
     */
    public static Optional<Result> foresee(CacheMemory memory, BackingDevice backing, PCacheConfig config)
            throws PCacheException {
        return Optional.ofNullable(activate(new Activation(memory, backing.sizeBytes(), backing, config, true)));
    }

    /**
     * As {@link #activate(CacheMemory, BackingDevice, PCacheConfig)}, where only the size of the backing device is
     * known.
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

    /** Takes all room of the cache file, before the first store. The second call does nothing. */
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

    /** Returns null if a look ahead has come to a device that would be formatted. */
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
        // Replay may store: key-sets that a predecessor left, and tails that need mending.
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
        segments.open(new SegmentEvents(doorbells, health, stats, memory.storeUnitBytes()));
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

    /**
     * Checks whether this is the backing device that the cache has known. Returns a text on the comparison, for the
     * summary.
     */
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
     * Prepares the rest of the segment in which the log goes on, since a predecessor took this segment, perhaps long
     * ago. If the rest has a bad place, the log leaves the segment at once. For this, only the place of the link to the
     * next segment must be good. If this place is bad too, activation fails, and the dirty data is left to the offline
     * tools.
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

    /** Checks the superblock, and formats a blank device. Returns the superblock's flags. */
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
     * Refuses devices that may be swapped. If a table names the two devices in the wrong order, the device that is to
     * be cached would become the cache, and clients would overwrite the real cache.
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

    /** The name of the cache device, for the commands in messages. */
    private String device() {
        return memory.path() == null ? "CACHE" : memory.path();
    }

    /**
     * Whether content of a known kind is on the device, with its own bytes where a superblock has its magic. Unknown
     * content may be anything, so unknown content stays.
     */
    private boolean isForeign(Superblock superblock) throws PCacheException {
        if (superblock.hasMagic() || superblock.isBigEndian() || DeviceContent.known(memory) == null) {
            return false;
        }
        // The first 4 KiB of a cache device keep what was there before the cache: a signature alone proves nothing.
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
     * Requires that no key was ever written to the cache. If the cache info says that activation never succeeded, or if
     * the damaged cache info leaves this open, the cache is initialised anew. But if a key was ever written, the log
     * has a first key-set, or a tail has left the start of the log. Such a cache is not initialised.
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
     * Makes the key-sets of a killed predecessor part of the log. Returns a message for people; null if there is none.
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
     * Begins the ring. First the cache info is stored, with a new sequence number: from then on, another ring that
     * belonged to this cache belongs to the cache no more. All that replay relied on becomes durable here too.
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
