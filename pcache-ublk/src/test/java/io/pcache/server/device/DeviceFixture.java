package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.cache.Verify;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableLine;
import io.pcache.health.CacheEvents;
import io.pcache.server.table.FakeCaches;
import io.pcache.server.table.FakeHost;
import io.pcache.server.table.HostProcess;
import io.pcache.server.table.PCacheType;
import io.pcache.server.table.SyntheticType;
import io.pcache.server.table.TableConstructor;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A mapped device over fakes, with files for its devices to be resolved. */
public final class DeviceFixture implements DeviceRegistration {
    public static final LoadOptions PLAIN = new LoadOptions(false, false, false, Verify.SAMPLE);
    public static final long SECTORS = 2_097_152;

    public final FakeCaches caches = new FakeCaches();
    public final FakeFrontEnds frontEnds = new FakeFrontEnds();
    public final Path cache;
    public final Path backing;
    public final MappedDevice device;
    public final DeviceFrontEnd frontEnd;
    final HostProcess host = new FakeHost();
    final EventLog events = new EventLog(Clock.systemUTC(), 0);
    final Set<String> namesInUse = new HashSet<>(Set.of("taken"));
    boolean forgotten;
    RecoveryState saved;
    IOException saveFailure;

    public DeviceFixture(Path directory) throws IOException {
        this(directory, Patience.DEFAULT);
    }

    public DeviceFixture(Path directory, Patience patience) throws IOException {
        cache = Files.createFile(directory.resolve("cache"));
        backing = Files.createFile(directory.resolve("backing"));
        TableConstructor constructor = new TableConstructor(
                List.of(new PCacheType("pc", caches, CacheEvents.NONE, host), SyntheticType.ERROR, SyntheticType.ZERO));
        frontEnd = new DeviceFrontEnd(
                frontEnds,
                name -> "nbd+unix:///?socket=/run/" + name,
                new DeviceLinks(directory.resolve("dev")),
                this::lastClosed);
        device = new MappedDevice(
                new NameAndUuid("pc", "", this), 0, constructor, this, frontEnd, events, host, patience);
    }

    private void lastClosed() {
        device.lastClosed();
    }

    List<TableLine> pcache() {
        return pcache("4 cache_mode writeback data_crc false");
    }

    List<TableLine> pcache(String options) {
        return List.of(
                new TableLine(0, SECTORS, "pcache", cache + " " + backing + (options.isEmpty() ? "" : " " + options)));
    }

    static List<TableLine> error(long sectors) {
        return List.of(new TableLine(0, sectors, "error", ""));
    }

    public void load(List<TableLine> lines) throws ControlException {
        device.load(lines, PLAIN);
    }

    void resume() throws ControlException {
        device.resume(null, false, Cancellation.NEVER);
    }

    public DeviceFixture live() throws ControlException {
        load(pcache());
        resume();
        return this;
    }

    /** Whether the device keeps requests back. */
    public boolean holdsRequests() {
        return frontEnd.gate().route().held();
    }

    /** As {@code info -c} shows it: live, inactive, suspended, read-only. */
    public String attributes() throws ControlException {
        var info = device.info(false);
        return (info.live() ? "L" : "-")
                + (info.inactive() ? "I" : "-")
                + (info.suspended() ? "s" : "-")
                + (info.readOnly() ? "r" : "w");
    }

    @Override
    public void moveName(String oldName, String newName) throws ControlException {
        if (namesInUse.contains(newName)) {
            throw new ControlException(Errno.EBUSY, "taken");
        }
    }

    @Override
    public void requireFreeUuid(String name, String uuid) throws ControlException {
        setUuid(name, uuid);
    }

    @Override
    public void setUuid(String name, String uuid) throws ControlException {
        if (namesInUse.contains(uuid)) {
            throw new ControlException(Errno.EBUSY, "taken");
        }
    }

    @Override
    public void save(RecoveryState state) throws IOException {
        if (saveFailure != null) {
            throw saveFailure;
        }
        saved = state;
    }

    @Override
    public void forgetState() {
        saved = null;
    }

    @Override
    public void usesBacking(Set<String> numbers) {
        // Files, as here, are no block devices.
        assertThat(numbers).isEmpty();
    }

    @Override
    public void forget() {
        forgotten = true;
    }
}
