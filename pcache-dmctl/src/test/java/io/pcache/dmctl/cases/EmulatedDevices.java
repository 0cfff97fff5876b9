package io.pcache.dmctl.cases;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingQueue;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.control.JsonObject;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.server.table.CacheFactory;
import io.pcache.server.table.CacheRehearsal;
import io.pcache.server.table.EngineFactory;
import io.pcache.server.table.LowerDevice;
import io.pcache.server.table.Table;
import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Block devices that exist on paper only. Their numbers and sizes are those of the devices with which dmsetup's output
 * was recorded. Caches on these devices have no engine: such a cache remembers how its device was formatted, and
 * refuses what a real cache refuses. Block devices of served mapped devices can be used, too. Regular files are real,
 * and so are caches on them.
 */
public final class EmulatedDevices implements CacheFactory, LowerDevice.Resolver {
    public static final long MIB = 1 << 20;
    private static final int S_IFBLK = 0x6000;
    private static final long SMALLEST_CACHE = 512 * MIB;

    /** A block device. The state of a cache device outlives the caches on the device. */
    private static final class Emulated {
        final String path;
        final int major;
        final int minor;
        final long bytes;
        final boolean readOnly;
        boolean formatted;
        boolean dataCrc;
        int gcPercent = 70;
        String damage;
        int damageErrno;
        long highestByte;
        volatile long dirtyBytes;

        Emulated(String path, int major, int minor, long bytes, boolean readOnly) {
            this.path = path;
            this.major = major;
            this.minor = minor;
            this.bytes = bytes;
            this.readOnly = readOnly;
        }

        String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    /**
     * The logger of real caches, which log for operators. The reference is held because a logger that nobody holds
     * loses its level.
     */
    private static final java.util.logging.Logger LOG =
            java.util.logging.Logger.getLogger(EngineFactory.class.getName());

    static {
        LOG.setLevel(java.util.logging.Level.WARNING);
    }

    private final CacheFactory engines = new EngineFactory(
            failure -> {
                throw new IllegalStateException(failure);
            },
            CacheRehearsal.none(),
            CacheIo.DIRECT,
            "");
    private final Map<String, Emulated> devices = new LinkedHashMap<>();
    private final Set<String> claimed = new HashSet<>();
    private final Set<String> forbidden = new HashSet<>();
    private Consumer<PCacheConfig> onStart = config -> {};

    public synchronized void add(String path, int major, int minor, long bytes, boolean readOnly) {
        devices.put(path, new Emulated(path, major, minor, bytes, readOnly));
    }

    /** Makes a file stand for the node of a served device. */
    public synchronized void addNode(Path node, int major, int minor, long bytes) {
        add(node.toString(), major, minor, bytes, false);
    }

    public synchronized void removeNode(Path node) {
        devices.remove(node.toString());
    }

    /** Claims a device as another program does that opens the device exclusively. */
    public synchronized void hold(String path) {
        claimed.add(path);
    }

    public synchronized void letGo(String path) {
        claimed.remove(path);
    }

    /** From now on, a cache device has so many bytes that the backing device does not have. */
    public synchronized void dirty(String cachePath, long bytes) {
        devices.get(cachePath).dirtyBytes = bytes;
    }

    /** Lets only root open the device. */
    public synchronized void forbid(String path) {
        forbidden.add(path);
    }

    /** Lets a cache device fail with this error at the next activation. */
    public synchronized void damage(String path, int errno, String reason) {
        devices.get(path).damage = reason;
        devices.get(path).damageErrno = errno;
    }

    /** Changes a cache device as a write through its mapped device does. */
    public synchronized void written(String cachePath, long endByte) {
        devices.get(cachePath).highestByte = endByte;
    }

    /** Has something done, once, while the next cache is activated. */
    public synchronized void onStart(Consumer<PCacheConfig> action) {
        onStart = action;
    }

    private synchronized Consumer<PCacheConfig> takeOnStart() {
        Consumer<PCacheConfig> action = onStart;
        onStart = config -> {};
        return action;
    }

    private synchronized Emulated find(String path) {
        return devices.get(path);
    }

    @Override
    public LowerDevice resolve(String word) throws SystemCallException {
        for (Emulated device : devices.values()) {
            if (word.equals(device.path) || word.equals(device.major + ":" + device.minor)) {
                return node(device);
            }
        }
        try {
            // The word may be a link to the node of a served device.
            Emulated device =
                    word.startsWith("/") ? find(Path.of(word).toRealPath().toString()) : null;
            if (device != null) {
                return node(device);
            }
        } catch (IOException e) {
            throw new SystemCallException(Errno.ENOENT, "open", word);
        }
        if (word.matches("[0-9]+:[0-9]+")) {
            throw new SystemCallException(Errno.ENXIO, "open", word);
        }
        return LowerDevice.onThisMachine(word);
    }

    private static LowerDevice node(Emulated device) {
        return new LowerDevice(
                device.path,
                new FileStatus(S_IFBLK, 0, 0, device.minor, 0, 0, device.major, device.minor, 0, 0, 0),
                device.name());
    }

    private synchronized Emulated claim(String path, boolean readOnly) throws SystemCallException {
        Emulated device = devices.get(path);
        if (forbidden.contains(path)) {
            throw new SystemCallException(Errno.EACCES, "open", path);
        }
        if (device.readOnly && !readOnly) {
            throw new SystemCallException(Errno.EROFS, "open", path);
        }
        if (!claimed.add(path)) {
            throw new SystemCallException(Errno.EBUSY, "open", path);
        }
        return device;
    }

    @Override
    public CacheMemory openCacheDevice(String path) throws IOException {
        if (find(path) == null) {
            return engines.openCacheDevice(path);
        }
        Emulated device = claim(path, false);
        return (CacheMemory) Proxy.newProxyInstance(
                CacheMemory.class.getClassLoader(),
                new Class<?>[] {CacheMemory.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "size" -> device.bytes;
                    case "describe" -> device.path;
                    case "close" -> {
                        letGo(device.path);
                        yield null;
                    }
                    case "kind" -> CacheMemory.Kind.DAX;
                    // The device has no identity record.
                    case "copyOut" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    @Override
    public BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException {
        if (find(path) == null) {
            return engines.openBackingDevice(path, readOnly);
        }
        return new Backing(claim(path, readOnly));
    }

    @Override
    public Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
        if (!Proxy.isProxyClass(memory.getClass())) {
            return engines.start(memory, backing, config);
        }
        Emulated device = find(memory.describe());
        long bytes = memory.size();
        takeOnStart().accept(config);
        if (bytes < SMALLEST_CACHE) {
            throw new PCacheException(
                    Errno.ENOSPC,
                    "cache device is too small, required at least " + SMALLEST_CACHE,
                    "Failed to start cache dev (-ENOSPC)");
        }
        if (device.damage != null) {
            boolean cacheDevice = device.damageErrno == Errno.EINVAL;
            throw new PCacheException(
                    device.damageErrno,
                    device.damage,
                    "Failed to start " + (cacheDevice ? "cache dev" : "pcache") + " (-" + Errno.name(device.damageErrno)
                            + ")");
        }
        if (device.formatted && device.dataCrc != config.dataCrc()) {
            throw PCacheException.otherDataCrc(config.dataCrc());
        }
        if (device.highestByte > config.sizeBytes()) {
            throw new PCacheException(
                    Errno.EIO,
                    "key end " + device.highestByte + " exceeds device size",
                    "Failed to start pcache (-EIO)");
        }
        device.formatted = true;
        device.dataCrc = config.dataCrc();
        return new EmulatedCache(device, memory, backing, config);
    }

    private final class Backing implements BackingDevice {
        private final Emulated device;

        Backing(Emulated device) {
            this.device = device;
        }

        @Override
        public String path() {
            return device.path;
        }

        @Override
        public long sizeBytes() {
            return device.bytes;
        }

        @Override
        public int logicalBlockBytes() {
            return 512;
        }

        @Override
        public int physicalBlockBytes() {
            return 4096;
        }

        @Override
        public boolean direct() {
            return true;
        }

        @Override
        public String describe() {
            return device.path;
        }

        @Override
        public BackingQueue openQueue(Runnable wake) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            letGo(device.path);
        }
    }

    private static final class EmulatedCache implements Cache {
        private final Emulated device;
        private final CacheMemory memory;
        private final BackingDevice backing;
        private final BlockDevice served;

        EmulatedCache(Emulated device, CacheMemory memory, BackingDevice backing, PCacheConfig config) {
            this.device = device;
            this.memory = memory;
            this.backing = backing;
            this.served = Table.error(config.sizeBytes() / 512).device();
        }

        @Override
        public BlockDevice device() {
            return served;
        }

        @Override
        public String statusLine() {
            long segments = (device.bytes - 20480) / (16 * MIB);
            int flags = device.gcPercent << 6 | 2 | (device.dataCrc ? 1 : 0);
            return "0 " + segments + " " + segments + " 1 " + device.gcPercent + " " + Integer.toHexString(flags)
                    + " 0:0 0:0 0:0";
        }

        @Override
        public void set(io.pcache.setting.Setting setting, String value) {
            device.gcPercent = Integer.parseInt(value);
        }

        @Override
        public List<io.pcache.control.DeviceProblem> problems() {
            return List.of();
        }

        @Override
        public void retryWriteBack() {
            // Nothing ever fails here.
        }

        @Override
        public JsonObject stats(long since) {
            return new JsonObject().put("dirtyBytes", device.dirtyBytes);
        }

        @Override
        public void flush() {
            // Nothing is ever written.
        }

        @Override
        public void close() {
            backing.close();
            memory.close();
        }
    }
}
