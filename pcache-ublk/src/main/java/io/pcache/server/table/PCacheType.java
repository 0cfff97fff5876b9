package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Progress;
import io.pcache.claim.ClaimedException;
import io.pcache.control.ArgumentWords;
import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.HeapSize;
import io.pcache.control.TableHelp;
import io.pcache.control.TableLine;
import io.pcache.health.CacheEvents;
import io.pcache.identity.BackingProbe;
import io.pcache.identity.IdentityRecord;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.EmptyDeviceException;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import io.pcache.slab.AvailableMemory;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The constructor of the {@code pcache} target: {@code <cache device> <backing device> [<n> <option> <value> ...]},
 * with the options of {@link Setting}.
 *
 * <p>Checks come in the order of the kernel's target and with its words. Behind them come checks that the kernel's
 * target lacks: the same device twice, a device in use or read-only, a table longer than the backing device.
 */
public final class PCacheType implements TargetType {
    static final String NAME = "pcache";

    private static final String EXAMPLE = "for example: " + TableHelp.LINE;
    private static final long CLAIM_PATIENCE_NANOS = 1_000_000_000;
    private static final long CLAIM_RETRY_NANOS = 10_000_000;

    private final String deviceName;
    private final CacheFactory factory;
    private final LowerDevice.Resolver resolver;
    private final CacheEvents events;
    /** Where acknowledged writes outlive the process; null where nothing does. */
    private final CarryOverFolder carryOver;

    private final UnseenUsers unseen;
    private final HostProcess host;

    /** Tells of users of a device that hold no lock on the device, because their process is not there at the moment. */
    public interface UnseenUsers {
        /** @return who uses the device, and what to do; null for nobody */
        String of(LowerDevice lower) throws ControlException;
    }

    /** @param deviceName for messages and thread names */
    public PCacheType(String deviceName, CacheFactory factory, CacheEvents events, HostProcess host) {
        this(deviceName, factory, LowerDevice::onThisMachine, events, host);
    }

    /** @param resolver finds devices by the words of a table */
    public PCacheType(
            String deviceName,
            CacheFactory factory,
            LowerDevice.Resolver resolver,
            CacheEvents events,
            HostProcess host) {
        this(deviceName, factory, resolver, events, host, null, lower -> null);
    }

    private PCacheType(
            String deviceName,
            CacheFactory factory,
            LowerDevice.Resolver resolver,
            CacheEvents events,
            HostProcess host,
            CarryOverFolder carryOver,
            UnseenUsers unseen) {
        this.deviceName = deviceName;
        this.factory = factory;
        this.resolver = resolver;
        this.events = events;
        this.carryOver = carryOver;
        this.unseen = unseen;
        this.host = host;
    }

    /** The same type, with a folder in which a cache's acknowledged writes outlive the process. */
    public PCacheType carryingOverIn(CarryOverFolder folder) {
        return new PCacheType(deviceName, factory, resolver, events, host, folder, unseen);
    }

    /** The same type, which refuses devices that somebody uses unseen. */
    public PCacheType sparing(UnseenUsers users) {
        return new PCacheType(deviceName, factory, resolver, events, host, carryOver, users);
    }

    private void checkUnseen(LowerDevice lower, String which) throws ControlException {
        String user = unseen.of(lower);
        if (user != null) {
            throw refusal(Errno.EBUSY, "Error opening " + which + " device", lower.path() + ": " + user);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean singleton() {
        return true;
    }

    @Override
    public void check(boolean deviceHasLiveTable) throws ControlException {
        if (deviceHasLiveTable) {
            throw refusal(Errno.EOPNOTSUPP, "Don't support table loading for live md")
                    .with("pcache: a live table is not replaced: "
                            + "remove the device and create it again; gc_percent is set by message, and "
                            + "'restart' gives a device a new target");
        }
    }

    @Override
    public Target construct(TableLine line, LoadOptions options, Progress progress) throws ControlException {
        try (Opened opened = open(line, options)) {
            CacheFactory.Cache cache =
                    start(opened, config(line, opened, options, progress).build(), factory::start);
            LowerDevice cacheDevice = opened.cacheDevice;
            PCacheTarget target = new PCacheTarget(
                    line,
                    cacheDevice,
                    opened.backingDevice,
                    opened.options,
                    opened.memory,
                    opened.backing,
                    cache,
                    host,
                    () -> release(cacheDevice));
            opened.keep();
            return target;
        }
    }

    /** Brings a cache up, or looks at what would come of a start. */
    public interface Start<T> {
        T of(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException;
    }

    /**
     * Does all that {@link #construct} does, with another start in place of the real one, and closes the devices. The
     * data's checksums are left out: to read all data would take as long as the start itself.
     */
    public <T> T rehearse(TableLine line, LoadOptions options, Progress progress, Start<T> start)
            throws ControlException {
        try (Opened opened = open(line, options)) {
            return start(
                    opened,
                    config(line, opened, options, progress).trustsData(true).build(),
                    start);
        }
    }

    private Opened open(TableLine line, LoadOptions options) throws ControlException {
        List<String> words = ArgumentWords.split(line.args());
        Opened opened = new Opened();
        try {
            opened.cacheDevice = openCache(opened, words);
            checkPredecessor(options.predecessor(), opened.cacheDevice, opened.memory);
            opened.backingDevice = openBacking(opened, words, opened.cacheDevice, options.readOnly());
            opened.options = CacheOptions.parse(words.subList(2, words.size()));
            checkLength(line, opened);
            checkFileSize(opened.cacheDevice, host.fileSizeLimitBytes());
            checkFileSize(opened.backingDevice, host.fileSizeLimitBytes());
            checkHeap(opened.memory.size(), opened.backing.sizeBytes(), host.heapMiB());
            return opened;
        } catch (ControlException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** A device that is in use must not go on with another cache: what the device's own cache holds would be missed. */
    private static void checkPredecessor(CacheMark predecessor, LowerDevice lower, CacheMemory memory)
            throws ControlException {
        if (predecessor == null) {
            return;
        }
        IdentityRecord record = IdentityRecord.load(memory);
        String uuid = record.isValid() ? record.uuid().toString() : "";
        String difference = predecessor.difference(new CacheMark(lower.identity(), uuid));
        if (difference != null) {
            throw refusal(
                    Errno.EINVAL,
                    "Failed to start pcache",
                    lower.path() + ": " + difference
                            + "; nothing was written; bring that one back to its place and use "
                            + "'pcachectl restart', or remove the device and create it with this cache");
        }
    }

    private LowerDevice openCache(Opened opened, List<String> words) throws ControlException {
        if (words.isEmpty()) {
            throw refusal(Errno.EINVAL, "Insufficient args")
                    .with("pcache: the cache device and the backing device are missing; " + EXAMPLE);
        }
        try {
            LowerDevice lower = resolver.resolve(words.get(0));
            checkUnseen(lower, "cache");
            opened.memory = open(() -> factory.openCacheDevice(lower.path()));
            return lower;
        } catch (IOException e) {
            throw openFailed("cache", words.get(0), e);
        }
    }

    private LowerDevice openBacking(Opened opened, List<String> words, LowerDevice cacheDevice, boolean readOnly)
            throws ControlException {
        if (words.size() < 2) {
            throw refusal(Errno.EINVAL, "Insufficient args")
                    .with("pcache: the backing device is missing behind the cache device; " + EXAMPLE);
        }
        try {
            LowerDevice lower = resolver.resolve(words.get(1));
            if (lower.overlaps(cacheDevice)) {
                throw refusal(Errno.EINVAL, "Error opening backing device", lower.path() + " is the cache device, too");
            }
            checkUnseen(lower, "backing");
            opened.backing = openForWriting(lower, readOnly);
            return lower;
        } catch (IOException e) {
            throw openFailed("backing", words.get(1), e);
        }
    }

    /**
     * A read-only table writes dirty data back, too. But only such a table will do with a backing device that cannot be
     * written.
     */
    private BackingDevice openForWriting(LowerDevice lower, boolean readOnly) throws IOException {
        try {
            return open(() -> factory.openBackingDevice(lower.path(), false));
        } catch (SystemCallException e) {
            if (!readOnly || e.errno() != Errno.EROFS && e.errno() != Errno.EACCES) {
                throw e;
            }
            return open(() -> factory.openBackingDevice(lower.path(), true));
        }
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    /**
     * Waits a little for a device that nobody is seen to have: the kernel closes the files of a killed process when the
     * process cannot be seen any more, and the files of its rings last.
     */
    private static <T> T open(Opening<T> opening) throws IOException {
        long since = System.nanoTime();
        while (true) {
            try {
                return opening.open();
            } catch (ClaimedException e) {
                if (e.isHolderKnown() || System.nanoTime() - since > CLAIM_PATIENCE_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(CLAIM_RETRY_NANOS);
            }
        }
    }

    /** The kernel's line tells only the errno; the path and what to do come before that line. */
    private static ControlException openFailed(String which, String word, IOException e) {
        int errno = e instanceof SystemCallException call ? call.errno() : Errno.EIO;
        ControlException refusal =
                refusal(errno, "Error opening " + which + " device", word + ": " + whatIsWrong(word, errno, e));
        refusal.initCause(e);
        return refusal;
    }

    private static String whatIsWrong(String word, int errno, IOException e) {
        if (!(e instanceof SystemCallException)) {
            return e.getMessage();
        }
        return switch (errno) {
            case Errno.ENOENT ->
                word.startsWith("/")
                        ? "there is no such device or file: check the path, a new file has to be made first"
                        : "a device must be an absolute path, such as $PWD/" + word + ", or MAJ:MIN of a block device";
            case Errno.ENXIO -> "no block device has this number: lsblk lists those there are";
            case Errno.ENOTBLK -> "neither a block device nor a regular file";
            case Errno.EACCES, Errno.EPERM -> "permission denied: run as a user who may read and write it";
            case Errno.EROFS ->
                "read-only: make it writable ('blockdev --setrw " + word + "'), or give create --readonly";
            case Errno.EBUSY ->
                e instanceof ClaimedException claimed
                        ? claimed.holder()
                        : "in use: unmount it, or remove the device that uses it";
            case Errno.EINVAL ->
                e instanceof EmptyDeviceException
                        ? "it is empty: a cache device has at least " + DeviceLayout.MIN_DEVICE_BYTES
                                + " bytes, make it that long"
                        : Errno.message(errno);
            default -> Errno.message(errno);
        };
    }

    private static void checkLength(TableLine line, Opened opened) throws ControlException {
        BackingDevice backing = opened.backing;
        long sectors = backing.sizeBytes() / DeviceLayout.SECTOR_BYTES;
        long cacheSectors = opened.memory.size() / DeviceLayout.SECTOR_BYTES;
        if (line.length() > sectors) {
            ControlException refusal =
                    refusal(Errno.EINVAL, "table length " + line.length() + " exceeds backing device size " + sectors);
            // People who swap the two devices take the length from the right one, which they want cached.
            throw refusal.with("pcache: "
                    + (line.length() == cacheSectors
                            ? "that is the length of the cache device: the two may be swapped in the table, "
                                    + "where the cache device comes first"
                            : TableHelp.ofLength(line.length(), sectors)));
        }
        int blockSectors = backing.logicalBlockBytes() / DeviceLayout.SECTOR_BYTES;
        if (blockSectors > 1 && line.length() % blockSectors != 0) {
            throw refusal(
                            Errno.EINVAL,
                            "table length " + line.length() + " is not a multiple of the backing device's block of "
                                    + blockSectors + " sectors")
                    .with("pcache: the nearest length below is " + line.length() / blockSectors * blockSectors);
        }
    }

    /** Refuses a file of which a part is behind the limit: every write there would fail. */
    private static void checkFileSize(LowerDevice lower, long limitBytes) throws ControlException {
        if (lower.status().isRegularFile() && lower.status().sizeBytes() > limitBytes) {
            throw refusal(
                    Errno.EFBIG,
                    "Failed to start pcache",
                    lower.path() + ": it has " + lower.status().sizeBytes()
                            + " bytes, and the target cannot write behind " + limitBytes
                            + ": create the device where 'ulimit -H -f' says unlimited");
        }
    }

    /**
     * Refuses a cache that is too large for the heap: to run out of memory half-way through activation would end the
     * process without a word.
     */
    private static void checkHeap(long cacheBytes, long backingBytes, long heapMiB) throws ControlException {
        long neededMiB = HeapSize.mebibytes(cacheBytes, backingBytes) - HeapSize.SLACK_MIB;
        if (neededMiB > heapMiB) {
            throw refusal(
                    Errno.ENOMEM,
                    "Failed to start pcache",
                    "a cache of " + (cacheBytes >> 20) + " MiB needs a Java heap of " + neededMiB
                            + " MiB, the target has " + heapMiB + " MiB: create the device together with its table");
        }
    }

    private void release(LowerDevice cacheDevice) {
        if (carryOver != null) {
            carryOver.release(cacheDevice);
        }
    }

    private PCacheConfig.Builder config(TableLine line, Opened opened, LoadOptions options, Progress progress) {
        return PCacheConfig.builder(line.length() * DeviceLayout.SECTOR_BYTES)
                .name(deviceName)
                .settings(opened.options)
                .salvage(options.salvage())
                .overwriteForeign(options.force())
                .insistent(options.force())
                .freeMemory(AvailableMemory.ofThisProcess())
                .verify(options.verify())
                .backingProbe(BackingProbe.of(opened.backing.path(), opened.backing.sizeBytes()))
                .events(events)
                .progress(progress)
                .existing(options.predecessor() != null)
                .carryOver(carryOver == null ? null : carryOver.of(opened.cacheDevice));
    }

    private <T> T start(Opened opened, PCacheConfig config, Start<T> start) throws ControlException {
        LowerDevice cacheDevice = opened.cacheDevice;
        try {
            return start.of(opened.memory, opened.backing, config);
        } catch (PCacheException e) {
            release(cacheDevice);
            List<String> reasons = new ArrayList<>();
            for (String reason : e.reasons()) {
                reasons.add("pcache: " + reason);
            }
            if (e.isOtherDataCrc()) {
                reasons.add(
                        reasons.size() - 1,
                        "pcache: the cache keeps what it was formatted with: write \"data_crc "
                                + !opened.options.flag(Setting.DATA_CRC) + "\" in the table");
            }
            if (e.isDamage()) {
                // In front of the general line, which scripts expect to be the last.
                reasons.add(
                        reasons.size() - 1,
                        "pcache: 'pcachectl check " + cacheDevice.path() + "' shows what is damaged, 'pcachectl repair "
                                + cacheDevice.path() + "' mends what can be mended");
            }
            ControlException refusal = new ControlException(e.errno(), reasons);
            refusal.initCause(e);
            throw refusal;
        } catch (CacheMemoryException e) {
            release(cacheDevice);
            throw refusal(Errno.EIO, "Failed to start pcache", e.getMessage());
        }
    }

    /** The general line, with the errno's name, comes last. */
    private static ControlException refusal(int errno, String general, String... details) {
        List<String> reasons = new ArrayList<>();
        for (String detail : details) {
            reasons.add("pcache: " + detail);
        }
        reasons.add("pcache: " + general + " (-" + Errno.name(errno) + ")");
        return new ControlException(errno, reasons);
    }

    /** What a constructor has opened; closed where the constructor fails. */
    private static final class Opened implements AutoCloseable {
        LowerDevice cacheDevice;
        LowerDevice backingDevice;
        SettingValues options;
        CacheMemory memory;
        BackingDevice backing;

        void keep() {
            memory = null;
            backing = null;
        }

        @Override
        public void close() {
            try {
                if (backing != null) {
                    backing.close();
                }
            } finally {
                if (memory != null) {
                    memory.close();
                }
            }
        }
    }
}
