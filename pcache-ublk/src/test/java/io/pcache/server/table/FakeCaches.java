package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingQueue;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.claim.ClaimedException;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.segment.SegmentMap;
import io.pcache.setting.Setting;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Caches without an engine: remembers what was asked of it, keeps devices exclusive, fails when told to. */
public final class FakeCaches implements CacheFactory {
    public final Set<String> open = new HashSet<>();
    public final List<PCacheConfig> started = new ArrayList<>();
    long cacheBytes = 544L << 20;
    long backingBytes = 1L << 30;
    int backingBlockBytes = 512;
    /** Errno of the next open of this path; 0 for none. */
    String failPath = "";

    int failErrno;
    /** Paths that nobody is seen to have, but that are claimed; each entry for one open. */
    final List<String> claimedBriefly = new ArrayList<>();

    boolean openedReadOnly;
    public PCacheException startFailure;
    public IOException flushFailure;
    public FakeCache last;

    private void claim(String path) throws SystemCallException {
        if (claimedBriefly.remove(path)) {
            throw ClaimedException.busy(path);
        }
        if (path.equals(failPath)) {
            throw new SystemCallException(failErrno, "open", path);
        }
        if (!open.add(path)) {
            throw new SystemCallException(Errno.EBUSY, "open", path);
        }
    }

    @Override
    public CacheMemory openCacheDevice(String path) throws IOException {
        claim(path);
        return (CacheMemory) Proxy.newProxyInstance(
                CacheMemory.class.getClassLoader(),
                new Class<?>[] {CacheMemory.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "size" -> cacheBytes;
                    case "describe" -> "fake cache on " + path;
                    case "close" -> {
                        open.remove(path);
                        yield null;
                    }
                    case "kind" -> CacheMemory.Kind.DAX;
                    // Without an identity record.
                    case "copyOut" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    @Override
    public BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException {
        if (!readOnly || failErrno != Errno.EROFS) {
            claim(path);
        } else {
            open.add(path);
            openedReadOnly = true;
        }
        return new FakeBacking(path);
    }

    @Override
    public Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
        if (startFailure != null) {
            throw startFailure;
        }
        started.add(config);
        last = new FakeCache(memory, backing, config);
        return last;
    }

    final class FakeBacking implements BackingDevice {
        private final String path;

        FakeBacking(String path) {
            this.path = path;
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public long sizeBytes() {
            return backingBytes;
        }

        @Override
        public int logicalBlockBytes() {
            return backingBlockBytes;
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
            return "fake backing on " + path;
        }

        @Override
        public BackingQueue openQueue(Runnable wake) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            open.remove(path);
        }
    }

    public final class FakeCache implements Cache {
        public final ManualDevice device;
        private final CacheMemory memory;
        private final BackingDevice backing;
        public int gcPercent = 70;
        public int flushes;
        public int retries;
        public List<DeviceProblem> problems = List.of();
        public boolean closed;
        /** Throws while a thread is in the cache that does not end. */
        public volatile Runnable inUse = () -> {};
        /** Runs while a map is drawn. */
        public volatile Runnable drawing = () -> {};

        FakeCache(CacheMemory memory, BackingDevice backing, PCacheConfig config) {
            this.memory = memory;
            this.backing = backing;
            this.device = new ManualDevice(config.sizeBytes());
        }

        @Override
        public BlockDevice device() {
            return device;
        }

        @Override
        public String statusLine() {
            return "0 33 33 1 " + gcPercent + " " + Integer.toHexString(gcPercent << 6 | 2) + " 0:0 0:0 0:0";
        }

        @Override
        public void set(Setting setting, String value) {
            if (setting == Setting.CACHE_DISCARD) {
                throw new UnsupportedOperationException("not on this device");
            }
            gcPercent = Integer.parseInt(value);
        }

        @Override
        public List<DeviceProblem> problems() {
            return problems;
        }

        @Override
        public void retryWriteBack() {
            retries++;
        }

        @Override
        public SegmentMap map() {
            drawing.run();
            return new SegmentMap(1);
        }

        @Override
        public JsonObject stats(long since) {
            return new JsonObject().put("gcPercent", gcPercent);
        }

        @Override
        public void flush() throws IOException {
            flushes++;
            if (flushFailure != null) {
                throw flushFailure;
            }
        }

        @Override
        public void close() {
            inUse.run();
            if (device.openQueues() != 0) {
                throw new IllegalStateException("closed with queues open");
            }
            closed = true;
            backing.close();
            memory.close();
        }
    }
}
