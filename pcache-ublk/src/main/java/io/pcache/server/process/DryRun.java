package io.pcache.server.process;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingFile;
import io.pcache.backing.FileBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Progress;
import io.pcache.claim.WriteAccess;
import io.pcache.control.ControlException;
import io.pcache.control.CreateOptions;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceName;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.health.CacheEvents;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.TrialMemory;
import io.pcache.offline.DraftMemory;
import io.pcache.recovery.Activation;
import io.pcache.server.device.FrontEnds;
import io.pcache.server.table.CacheFactory;
import io.pcache.server.table.CarryOverFolder;
import io.pcache.server.table.ComingUser;
import io.pcache.server.table.EngineFactory;
import io.pcache.server.table.PCacheType;
import io.pcache.server.table.SyntheticType;
import io.pcache.server.table.TableConstructor;
import io.pcache.server.table.Target;
import io.pcache.server.table.TargetType;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds out what would come of the creation of a device, without changing anything.
 *
 * <p>The target's own code does the work, in the caller's process: the checks of the registry, the choice of a front
 * end, the constructors of the table's lines, and activation itself. Only the devices are different: they are opened
 * for reading, and what is stored stays in memory in front of the cache device. So each refusal is the refusal of
 * {@code create}, also where the cache's log is damaged, and there is no second list of checks to be kept like the
 * first. A target process instead would need files in the run directory, and a reply of its own for each thing that the
 * process has seen.
 *
 * <p>Not looked at: the checksums of the data, which lead to no refusal and take as long as reading all data; bad
 * places of persistent memory that nothing is loaded from; and what only happens while a target starts.
 */
public final class DryRun {
    private final Registry registry;
    private final CreateOptions options;
    private final Set<String> notices = new LinkedHashSet<>();
    private final JsonObject facts = new JsonObject();
    private int minor;

    public DryRun(Registry registry, CreateOptions options) {
        this.registry = registry;
        this.options = options;
    }

    /**
     * Finds out whether name, uuid and minor can be had, and a front end.
     *
     * @throws ControlException as creating a device would
     */
    public void reserve() throws ControlException {
        minor = registry.foresee(options);
        FrontEnds.Choice frontEnd = FrontEnds.foresee(options.frontEnd());
        facts.put("name", options.name())
                .put("uuid", options.uuid())
                .put("minor", minor)
                .put(
                        "front_end",
                        new JsonObject()
                                .put("kind", frontEnd.ublk() ? "ublk" : "nbd")
                                .put("remark", frontEnd.remark()));
    }

    /**
     * Finds out whether a table can be loaded. After {@link #reserve}.
     *
     * @throws ControlException as loading it would
     */
    public void load(List<TableLine> lines, LoadOptions load) throws ControlException {
        String name = DeviceName.unmangle(options.name());
        PCacheType pcache = new PCacheType(name, new Looking(), this::notice, new ThisProcess(options.heapMiB()))
                .carryingOverIn(CarryOverFolder.unchanged(registry.directory().carryOver()))
                .sparing(device -> ComingUser.lineOf(registry, minor, device));
        TableConstructor constructor =
                new TableConstructor(List.of(new Rehearsed(pcache), SyntheticType.ERROR, SyntheticType.ZERO));
        constructor.check(name, lines, false);
        constructor.construct(lines, load, Progress.NONE);
        facts.put("lines", TableLine.toJson(lines));
    }

    /** The minor that the device would get. */
    public int minor() {
        return minor;
    }

    /** All that was found. */
    public JsonObject facts() {
        return facts.put("notices", new ArrayList<>(notices));
    }

    private void notice(CacheEvents.Kind kind, String text) {
        notices.add(text);
    }

    /** The {@code pcache} target with a look ahead in place of the start. */
    private final class Rehearsed implements TargetType {
        private final PCacheType pcache;

        Rehearsed(PCacheType pcache) {
            this.pcache = pcache;
        }

        @Override
        public String name() {
            return pcache.name();
        }

        @Override
        public boolean singleton() {
            return pcache.singleton();
        }

        @Override
        public void check(boolean deviceHasLiveTable) throws ControlException {
            pcache.check(deviceHasLiveTable);
        }

        /** The result stands for the target that would be made, and holds nothing. */
        @Override
        public Target construct(TableLine line, LoadOptions load, Progress progress) throws ControlException {
            facts.put("cache", pcache.rehearse(line, load, progress, this::look));
            return new SyntheticType.Line(line, true);
        }

        private JsonObject look(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException {
            facts.put("backing", describe(backing, config.sizeBytes()));
            JsonObject cache = new JsonObject()
                    .put("path", memory.path())
                    .put("device", memory.describe())
                    .put("kind", memory.kind().name().toLowerCase(Locale.ROOT))
                    .put("bytes", memory.size())
                    .put("data_crc", config.dataCrc());
            try (DraftMemory draft = new DraftMemory(memory)) {
                Activation.Result result =
                        Activation.foresee(draft, backing, config).orElse(null);
                EngineFactory.tellOfSizes(result == null, memory, backing, config.events());
                return result == null
                        ? cache.put("format", true).put("segments", DeviceLayout.segmentsIn(memory.size()))
                        : describe(cache.put("format", false), result);
            }
        }
    }

    private static JsonObject describe(JsonObject cache, Activation.Result result) {
        try {
            long[] dirtyKeys = {0};
            result.index().forEach((subtree, extent) -> dirtyKeys[0] += Extent.clean(extent) ? 0 : 1);
            cache.put("segments", result.data().segments().count())
                    .put("dirty_keys", dirtyKeys[0])
                    .put("dirty_bytes", result.index().dirtySectors() * DeviceLayout.SECTOR_BYTES)
                    .put("log", result.summary());
            if (result.identity() != null && result.identity().isValid()) {
                cache.put("uuid", result.identity().uuid().toString())
                        .put("backing", result.identity().backing().toString());
            }
            return cache;
        } finally {
            result.releaseMemory();
        }
    }

    private static JsonObject describe(BackingDevice backing, long length) {
        return new JsonObject()
                .put("path", backing.path())
                .put("device", backing.describe())
                .put("bytes", backing.sizeBytes())
                .put("logical_block_bytes", backing.logicalBlockBytes())
                .put("physical_block_bytes", backing.physicalBlockBytes())
                .put("length_bytes", length);
    }

    /** Opens both devices for reading, with the claims and the refusals of a process that writes. */
    private final class Looking implements CacheFactory {
        @Override
        public CacheMemory openCacheDevice(String path) throws IOException {
            TrialMemory memory = TrialMemory.open(path);
            if (memory.warning() != null) {
                notices.add(memory.warning());
            }
            return memory;
        }

        @Override
        public BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException {
            if (!readOnly) {
                WriteAccess.require(path);
            }
            BackingFile file = BackingFile.open(path, true);
            try {
                if (!readOnly && file.blockDevice() && SystemCalls.linux().blockDeviceReadOnly(file.fd())) {
                    throw new SystemCallException(Errno.EROFS, "open", path);
                }
                return new FileBacking(file, "");
            } catch (SystemCallException | RuntimeException e) {
                file.close();
                throw e;
            }
        }

        /** Never: see {@link Rehearsed}. */
        @Override
        public Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) {
            throw new IllegalStateException("a dry run starts nothing");
        }
    }
}
