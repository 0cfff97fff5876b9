package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.CacheDisk;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.engine.PCache;
import io.pcache.health.CacheEvents;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.MappedMemory;
import io.pcache.request.BlockDevice;
import io.pcache.ring.BackingOpener;
import io.pcache.segment.SegmentMap;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes caches of the real engine, on mapped cache devices. */
public final class EngineFactory implements CacheFactory {
    private static final Logger LOG = System.getLogger(EngineFactory.class.getName());

    private final Consumer<Throwable> onFailure;
    private final CacheRehearsal rehearsal;
    private final CacheIo cacheIo;
    private final String cacheDiscard;

    /**
     * @param onFailure called when a thread of a cache ends unexpectedly; must end the process
     * @param rehearsal runs before the first cache starts
     * @param cacheIo how data of a cache device that is a disk or a file is stored and loaded
     * @param cacheDiscard a value of {@link Setting#CACHE_DISCARD}; empty for what suits the cache device
     */
    public EngineFactory(
            Consumer<Throwable> onFailure, CacheRehearsal rehearsal, CacheIo cacheIo, String cacheDiscard) {
        this.onFailure = onFailure;
        this.rehearsal = rehearsal;
        this.cacheIo = cacheIo;
        this.cacheDiscard = cacheDiscard;
    }

    @Override
    public CacheMemory openCacheDevice(String path) throws IOException {
        MappedMemory memory = MappedMemory.open(path);
        if (memory.warning() != null) {
            LOG.log(Level.WARNING, memory.warning());
        }
        return memory;
    }

    @Override
    public BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException {
        return BackingOpener.open(path, readOnly);
    }

    @Override
    public Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
        CacheDisk transfers = openTransfers(memory);
        PCache engine;
        try {
            engine = PCache.open(memory, transfers, backing, config);
        } catch (PCacheException | RuntimeException e) {
            if (transfers != null) {
                transfers.close();
            }
            throw e;
        }
        chooseDiscard(engine, memory);
        LOG.log(Level.INFO, "cache " + memory.describe());
        if (transfers != null) {
            LOG.log(Level.INFO, "data of the cache: " + transfers.describe());
        }
        LOG.log(Level.INFO, "backing " + backing.describe());
        LOG.log(
                Level.INFO,
                engine.wasFormatted() ? "formatted a blank cache device" : "replayed: " + engine.replaySummary());
        tellOfSizes(engine.wasFormatted(), memory, backing, config.events());
        if (engine.identity() != null) {
            LOG.log(
                    Level.INFO,
                    "cache " + engine.identity().uuid() + " of "
                            + engine.identity().backing());
        }
        config.progress().at("rehearsal", 0, 0);
        rehearsal.run(memory, engine.cacheIo(), config.dataCrc());
        return new EngineCache(engine.start(onFailure));
    }

    /** A cache that cannot discard serves all the same: the cache device may be another one than at the last start. */
    private void chooseDiscard(PCache engine, CacheMemory memory) {
        if (cacheDiscard.isEmpty()) {
            return;
        }
        try {
            engine.set(Setting.CACHE_DISCARD, cacheDiscard);
        } catch (UnsupportedOperationException e) {
            LOG.log(Level.WARNING, memory.path() + ": " + e.getMessage());
        }
    }

    /** The cache device once more, for transfers of data past the page cache; null where there are none. */
    private CacheDisk openTransfers(CacheMemory memory) throws PCacheException {
        if (memory.kind() != CacheMemory.Kind.PAGE_CACHE) {
            return null;
        }
        if (cacheIo == CacheIo.BUFFERED) {
            LOG.log(Level.INFO, "data of the cache goes through the page cache, as create was told");
            return null;
        }
        try {
            CacheDisk transfers = BackingOpener.openDirectly(memory.path());
            if (transfers == null) {
                LOG.log(
                        Level.INFO,
                        "data of the cache goes through the page cache: there is no direct I/O on " + memory.path());
            }
            return transfers;
        } catch (SystemCallException e) {
            throw new PCacheException(e.errno(), e, memory.path() + ": " + e.getMessage());
        } catch (IOException e) {
            throw new PCacheException(Errno.EIO, e, memory.path() + ": " + e.getMessage());
        }
    }

    /** Tells the operator where the two devices may have been taken for each other. */
    public static void tellOfSizes(boolean formatted, CacheMemory memory, BackingDevice backing, CacheEvents events) {
        if (formatted && memory.size() > backing.sizeBytes()) {
            events.event(
                    CacheEvents.Kind.NOTICE,
                    "the cache device (" + memory.size()
                            + " bytes) is larger than the backing device (" + backing.sizeBytes()
                            + " bytes): much of it can never be used, "
                            + "and the two may be swapped in the table, where the cache device comes first");
        }
    }

    private static final class EngineCache implements Cache {
        private final PCache engine;
        private final EngineStats stats;

        EngineCache(PCache engine) {
            this.engine = engine;
            this.stats = new EngineStats(engine);
        }

        @Override
        public BlockDevice device() {
            return engine;
        }

        @Override
        public String uuid() {
            return engine.uuid();
        }

        @Override
        public CacheIo cacheIo() {
            return engine.cacheIo();
        }

        @Override
        public String statusLine() {
            return engine.statusLine();
        }

        @Override
        public void set(Setting setting, String value) throws IOException {
            try {
                engine.set(setting, value);
            } catch (CacheMemoryException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public SettingValues settings(SettingValues options) {
            return engine.settings();
        }

        @Override
        public List<DeviceProblem> problems() {
            List<DeviceProblem> problems = new ArrayList<>();
            engine.problems()
                    .forEach((condition, detail) ->
                            problems.add(new DeviceProblem(condition.code(), condition.text() + ": " + detail)));
            return problems;
        }

        @Override
        public void retryWriteBack() {
            engine.retryWriteBack();
        }

        @Override
        public JsonObject stats(long since) {
            return stats.toJson(since);
        }

        @Override
        public SegmentMap map() {
            return engine.map();
        }

        @Override
        public void flush() throws IOException {
            new CacheFlush(engine).await();
        }

        @Override
        public void close() throws IOException {
            try {
                engine.close();
            } catch (CacheMemoryException | UncheckedIOException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
