package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.cache.PCacheException;
import io.pcache.cache.Verify;
import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceProblem;
import io.pcache.control.LogLevel;
import io.pcache.control.TableLine;
import io.pcache.server.QuietLog;
import io.pcache.server.table.FakeCaches;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(QuietLog.class)
class MappedDeviceTest {
    @TempDir
    Path directory;

    private DeviceFixture fixture;
    private MappedDevice device;

    @BeforeEach
    void make() throws IOException {
        fixture = new DeviceFixture(directory);
        device = fixture.device;
    }

    private static ControlException refused(ThrowingCallable call) {
        ControlException refusal = catchThrowableOfType(ControlException.class, call);
        assertThat(refusal).as("the change is refused").isNotNull();
        return refusal;
    }

    /** E nothing, I inactive table, L live pcache, S live and suspended, X wiped, s suspended without a table. */
    private void enter(char state) throws ControlException {
        switch (state) {
            case 'E' -> {}
            case 's' -> device.suspend(false, Cancellation.NEVER);
            case 'I' -> fixture.load(fixture.pcache());
            case 'L' -> fixture.live();
            case 'S' -> {
                fixture.live();
                device.suspend(false, Cancellation.NEVER);
            }
            case 'X' -> {
                fixture.live();
                device.wipe(false, false, Cancellation.NEVER);
            }
            default -> throw new IllegalArgumentException();
        }
    }

    private void apply(String verb) throws ControlException {
        switch (verb) {
            case "load pcache" -> fixture.load(fixture.pcache());
            case "load error" -> fixture.load(DeviceFixture.error(1000));
            case "clear" -> device.clear();
            case "suspend" -> device.suspend(false, Cancellation.NEVER);
            case "resume" -> fixture.resume();
            case "remove" -> device.remove(false, false);
            case "wipe" -> device.wipe(false, false, Cancellation.NEVER);
            case "message" -> device.message(0, "gc_percent 42");
            case "rename" -> device.rename("other");
            default -> throw new IllegalArgumentException(verb);
        }
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        // verb, state, errno (0 succeeds), attributes afterwards
        "load pcache, E, 0, -I-w",
        "load pcache, I, 0, -I-w",
        "load pcache, L, 95, L--w",
        "load pcache, S, 95, L-sw",
        "load pcache, X, 95, L--w",
        "load error, E, 0, -I-w",
        "load error, I, 0, -I-w",
        "load error, L, 0, LI-w",
        "load error, S, 0, LIsw",
        "load error, X, 0, LI-w",
        "clear, E, 0, ---w",
        "clear, I, 0, ---w",
        "clear, L, 0, L--w",
        "clear, S, 0, L-sw",
        "clear, X, 0, L--w",
        "suspend, E, 0, --sw",
        "suspend, I, 0, -Isw",
        "suspend, L, 0, L-sw",
        "suspend, S, 0, L-sw",
        "suspend, X, 0, L-sw",
        "resume, E, 0, ---w",
        "resume, s, 22, --sw",
        "resume, I, 0, L--w",
        "resume, L, 0, L--w",
        "resume, S, 0, L--w",
        "resume, X, 0, L--w",
        "wipe, E, 22, ---w",
        "wipe, I, 22, -I-w",
        "wipe, L, 0, L--w",
        "wipe, S, 0, L--w",
        "wipe, X, 0, L--w",
        "message, E, 22, ---w",
        "message, I, 22, -I-w",
        "message, L, 0, L--w",
        "message, S, 0, L-sw",
        "message, X, 22, L--w",
        "rename, E, 0, ---w",
        "rename, I, 0, -I-w",
        "rename, L, 0, L--w",
        "rename, S, 0, L-sw",
        "rename, X, 0, L--w"
    })
    void verbsDoInEachStateWhatDeviceMapperDoes(String verb, char state, int errno, String attributes)
            throws ControlException {
        enter(state);

        if (errno == 0) {
            apply(verb);
        } else {
            assertThat(refused(() -> apply(verb)).errno()).isEqualTo(errno);
        }
        assertThat(fixture.attributes()).isEqualTo(attributes);
    }

    @ParameterizedTest
    @CsvSource({"E", "I", "L", "S", "X", "s"})
    void removeWorksInEveryStateAndGivesEverythingBack(char state) throws ControlException {
        enter(state);

        assertThat(device.remove(false, false)).isTrue();

        assertThat(device.removed()).isTrue();
        assertThat(fixture.forgotten).isTrue();
        assertThat(fixture.caches.open).isEmpty();
        assertThat(fixture.frontEnds.serving).isNull();
        assertThat(refused(() -> device.info(false)).errno()).isEqualTo(Errno.ENXIO);
        assertThat(refused(fixture::resume).errno()).isEqualTo(Errno.ENXIO);
    }

    @Test
    void loadOnLiveDeviceIsRefusedInTheKernelsWordsAndChangesNothing() throws ControlException {
        fixture.live();
        FakeCaches.FakeCache running = fixture.caches.last;

        ControlException refusal =
                refused(() -> fixture.load(List.of(new TableLine(0, 2_097_152, "pcache", "/dev/nosuch"))));

        assertThat(refusal.reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pcache: Don't support table loading for live md (-EOPNOTSUPP)");
        assertThat(running.closed).isFalse();
        assertThat(fixture.caches.started).hasSize(1);
    }

    @Test
    void coreChecksComeBeforeTheLiveTableRule() throws ControlException {
        fixture.live();

        assertThat(refused(() -> fixture.load(List.of(new TableLine(8, 100, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pcache: Gap in table (-EINVAL)");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(0, 100, "bogus", "x"))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: bogus: unknown target type");
    }

    @Test
    void checksTheWholeTableBeforeAnyConstructorRuns() {
        List<TableLine> lines = List.of(fixture.pcache().get(0), new TableLine(DeviceFixture.SECTORS, 8, "error", ""));

        assertThat(refused(() -> fixture.load(lines)).reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: target type pcache must appear alone in table");
        assertThat(fixture.caches.started).isEmpty();
    }

    @Test
    void refusesTablesAsTheCoreDoes() {
        assertThat(refused(() -> fixture.load(List.of())).reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: populate_table: no targets specified");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(0, 0, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: zero-length target");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(0, 1L << 54, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: too large device");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(1L << 53, 1L << 53, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: too large device");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(0, Long.MAX_VALUE, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: too large device");
        assertThat(refused(() -> fixture.load(List.of(new TableLine(-8, 100, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: too large device");
        assertThat(refused(() -> fixture.load(
                                List.of(new TableLine(0, 8, "error", ""), new TableLine(8, 8, "pcache", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pcache: singleton target type must appear alone in table (-EINVAL)");
        assertThat(refused(() -> fixture.load(
                                List.of(new TableLine(0, 8, "error", ""), new TableLine(9, 8, "zero", ""))))
                        .reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pc: zero: Gap in table (-EINVAL)");
    }

    @Test
    void loadOverInactiveTableClosesTheOldCacheFirst() throws ControlException {
        fixture.load(fixture.pcache());
        FakeCaches.FakeCache old = fixture.caches.last;

        fixture.load(fixture.pcache("2 data_crc true"));

        assertThat(old.closed).isTrue();
        assertThat(device.table(true).get(0).args()).endsWith("data_crc true");
    }

    @Test
    void failedLoadOverInactiveTableKeepsTheOldOne() throws ControlException {
        fixture.load(fixture.pcache());

        refused(() -> fixture.load(fixture.pcache("2 data_crc maybe")));

        assertThat(device.table(true).get(0).args()).endsWith("data_crc false");
        assertThat(device.status(true).lines().get(0).args()).isEqualTo("0 33 33 1 70 1182 0:0 0:0 0:0");
        fixture.resume();
        assertThat(fixture.attributes()).isEqualTo("L--w");
    }

    @Test
    void tableTakesItsOwnOutputBack() throws ControlException {
        fixture.load(fixture.pcache("2 data_crc true"));
        List<TableLine> printed = device.table(true);

        assertThat(printed)
                .containsExactly(new TableLine(
                        0,
                        DeviceFixture.SECTORS,
                        "pcache",
                        fixture.cache + " " + fixture.backing + " 4 cache_mode writeback data_crc true"));
        fixture.load(printed);
        assertThat(device.table(true)).isEqualTo(printed);
    }

    @Test
    void dependenciesAreTheBackingDeviceThenTheCache() throws ControlException {
        fixture.live();

        assertThat(device.dependencies(false))
                .extracting("path")
                .containsExactly(fixture.backing.toString(), fixture.cache.toString());
        assertThat(device.dependencies(false)).extracting("name").containsExactly("backing", "cache");
        assertThat(device.dependencies(true)).isEmpty();
    }

    @Test
    void readOnlyIsThePropertyOfTheLiveTable() throws ControlException {
        device.load(fixture.pcache(), new LoadOptions(true, false, false, Verify.SAMPLE));
        assertThat(fixture.attributes()).isEqualTo("-I-w");

        fixture.resume();

        assertThat(fixture.attributes()).isEqualTo("L--r");
        assertThat(fixture.frontEnds.serving.readOnly()).isTrue();
    }

    @Test
    void frontEndStartsWithTheFirstLiveTableOnly() throws ControlException {
        fixture.load(fixture.pcache());
        assertThat(fixture.frontEnds.starts).isZero();
        assertThat(device.info(false).location()).isEmpty();

        fixture.resume();
        device.suspend(false, Cancellation.NEVER);
        fixture.resume();
        device.wipe(false, false, Cancellation.NEVER);

        assertThat(fixture.frontEnds.starts).isEqualTo(1);
        assertThat(device.info(false).uri()).isEqualTo("nbd+unix:///?socket=/run/pc");
    }

    @Test
    void failedFrontEndLeavesTheTableInactive() throws ControlException {
        fixture.load(fixture.pcache());
        fixture.frontEnds.startFailure = new IOException("no socket");

        ControlException refusal = refused(fixture::resume);

        assertThat(refusal.errno()).isEqualTo(Errno.EIO);
        assertThat(refusal.reasons()).containsExactly("pc: the nbd front end did not start: no socket");
        assertThat(fixture.attributes()).isEqualTo("-I-w");
        fixture.frontEnds.startFailure = null;
        fixture.resume();
        assertThat(fixture.attributes()).isEqualTo("L--w");
    }

    @Test
    void wipeShutsTheCacheDownAndFreesItsDevices() throws ControlException {
        fixture.live();

        device.wipe(false, false, Cancellation.NEVER);

        assertThat(device.table(false)).containsExactly(new TableLine(0, DeviceFixture.SECTORS, "error", ""));
        assertThat(device.status(false).lines().get(0).text()).isEqualTo("0 2097152 error ");
        assertThat(device.dependencies(false)).isEmpty();
        assertThat(fixture.caches.open).isEmpty();
        assertThat(refused(() -> device.message(0, "gc_percent 10")).reasons())
                .containsExactly("pc: Target type does not support messages");
    }

    @Test
    void wipeDropsAnInactiveTable() throws ControlException {
        fixture.live();
        fixture.load(DeviceFixture.error(8));

        device.wipe(false, false, Cancellation.NEVER);

        assertThat(fixture.attributes()).isEqualTo("L--w");
    }

    @Test
    void resumeSwapsAnotherTableInAndClosesTheCache() throws ControlException {
        fixture.live();
        FakeCaches.FakeCache cache = fixture.caches.last;
        fixture.load(List.of(new TableLine(0, 8, "zero", ""), new TableLine(8, 8, "error", "")));

        fixture.resume();

        assertThat(cache.closed).isTrue();
        assertThat(cache.flushes).isEqualTo(1);
        assertThat(fixture.frontEnds.serving.sizeBytes()).isEqualTo(16 * 512);
        assertThat(device.info(false).targets()).isEqualTo(2);
    }

    @Test
    void cacheThatCannotBeFlushedIsNotGivenUp() throws ControlException {
        fixture.live();
        fixture.caches.flushFailure = new IOException("medium error");

        ControlException refusal = refused(() -> device.remove(false, false));

        assertThat(refusal.errno()).isEqualTo(Errno.EIO);
        assertThat(refusal.reasons())
                .singleElement()
                .asString()
                .startsWith("pcache: ")
                .contains("medium error");
        assertThat(fixture.attributes()).isEqualTo("L--w");
        assertThat(fixture.frontEnds.serving).isNotNull();
        assertThat(refusal.reasons().get(0)).contains("remove --force");
        refused(() -> device.wipe(false, false, Cancellation.NEVER));
        assertThat(device.table(false).get(0).type()).isEqualTo("pcache");

        assertThat(device.remove(true, false)).as("force").isTrue();
    }

    @Test
    void forceGivesUpAnOpenCacheThatCannotBeFlushed() throws ControlException {
        fixture.live();
        fixture.caches.flushFailure = new IOException("medium error");
        fixture.frontEnds.openCount = 1;

        device.wipe(false, true, Cancellation.NEVER);

        assertThat(device.table(false).get(0).type()).isEqualTo("error");
        assertThat(fixture.caches.last.closed).isTrue();
        assertThat(fixture.caches.open).isEmpty();
    }

    @Test
    void openDeviceIsNotRemoved() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 2;

        ControlException refusal = refused(() -> device.remove(false, false));

        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons()).containsExactly("pc: device is open (count 2) (-EBUSY)");
        assertThat(device.table(false).get(0).type()).isEqualTo("pcache");
    }

    @Test
    void refusalToRemoveAnOpenDeviceSaysWhoHasItOpen() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 12;
        fixture.frontEnds.openers =
                List.of("mounted on /srv", "process 1 (a)", "process 2 (b)", "3", "4", "5", "6", "7", "8", "9");

        assertThat(refused(() -> device.remove(false, false)).reasons())
                .containsExactly(
                        "pc: device is open (count 12) (-EBUSY)",
                        "pc: in use: mounted on /srv, process 1 (a), process 2 (b), 3, 4, 5, 6, 7 and 2 more");
    }

    @Test
    void refusalToRemoveASuspendedDeviceSaysToResumeIt() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 1;
        device.suspend(false, Cancellation.NEVER);

        assertThat(refused(() -> device.remove(false, false)).reasons())
                .singleElement()
                .asString()
                .startsWith("pc: device is open (count 1)")
                .contains("resume it first")
                .endsWith("(-EBUSY)");
    }

    @Test
    void forcedRemovalOfOpenDeviceWipesItsTableAndSaysSo() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 1;

        ControlException refusal = refused(() -> device.remove(true, false));

        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons())
                .containsExactly(
                        "pc: the table has been replaced by one that fails all I/O",
                        "pc: device is open (count 1) (-EBUSY)");
        assertThat(device.table(false).get(0).type()).isEqualTo("error");
    }

    @Test
    void deferredRemovalHappensAtLastClose() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 1;

        assertThat(device.remove(false, true)).isFalse();

        assertThat(device.info(false).deferredRemove()).isTrue();
        assertThat(refused(() -> device.remove(false, false)).errno()).isEqualTo(Errno.EBUSY);
        fixture.frontEnds.lastClose();
        assertThat(device.removed()).isTrue();
    }

    @Test
    void deferredRemovalCanBeCancelled() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 1;
        device.remove(false, true);

        device.message(0, "@CANCEL_deferred_remove");
        fixture.frontEnds.lastClose();

        assertThat(device.removed()).isFalse();
        assertThat(device.info(false).deferredRemove()).isFalse();
    }

    @Test
    void deferredRemovalOfClosedDeviceIsAtOnce() throws ControlException {
        fixture.live();

        assertThat(device.remove(false, true)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "gc_percent 0, 0",
                "gc_percent 90, 90",
                "GC_PERCENT 63, 63",
                "gc_percent +60, 60",
                "gc_percent 060, 60",
                "~  gc_percent   62  ~, 62",
                "~gc_percent\t7~, 7"
            })
    void messageSetsGcPercent(String text, int percent) throws ControlException {
        fixture.live();

        device.message(DeviceFixture.SECTORS - 1, text);

        assertThat(fixture.caches.last.gcPercent).isEqualTo(percent);
    }

    @Test
    void statusTellsWhatStandsStill() throws ControlException {
        fixture.live();
        assertThat(device.status(false).problems()).isEmpty();
        DeviceProblem problem = new DeviceProblem("writeback-stalled", "write-back stands still: no space");

        fixture.caches.last.problems = List.of(problem);

        assertThat(device.status(false).problems()).containsExactly(problem);
        assertThat(device.status(false).lines()).hasSize(1);
    }

    @Test
    void messageLogLevelIsForTheProcess() throws ControlException {
        fixture.live();

        device.message(0, "log_level debug");

        assertThat(fixture.host.logLevel()).isEqualTo(LogLevel.DEBUG);
        assertThat(device.status(false).logLevel()).isEqualTo("debug");
    }

    @Test
    void messageForWhatTheCacheDeviceCannotDoIsRefused() throws ControlException {
        fixture.live();

        ControlException refusal =
                catchThrowableOfType(ControlException.class, () -> device.message(0, "cache_discard true"));

        assertThat(refusal.errno()).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(refusal.reasons()).containsExactly("pcache: not on this device (-EOPNOTSUPP)");
    }

    @Test
    void messageWritebackTriesAgain() throws ControlException {
        fixture.live();

        device.message(0, "writeback");

        assertThat(fixture.caches.last.retries).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                "gc_percent 91 | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent 99999999999999999999 | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent -1 | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent 5x | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent 0x10 | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent 1.5 | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent + | pcache: gc_percent must be 0..90 (-EINVAL)",
                "gc_percent | pcache: gc_percent takes one number, 0..90 (-EINVAL)",
                "gc_percent 50 60 | pcache: gc_percent takes one number, 0..90 (-EINVAL)",
                "gc_percent=50 | pcache: unknown message 'gc_percent=50'; known are: gc_percent <0..90>, "
                        + "cache_discard <word>, log_level <word>, writeback (-EINVAL)",
                "cache_discard yes | pcache: cache_discard takes one word: true or false (-EINVAL)",
                "writeback now | pcache: writeback takes no argument (-EINVAL)",
                "bogus 1 | pcache: unknown message 'bogus'; known are: gc_percent <0..90>, "
                        + "cache_discard <word>, log_level <word>, writeback (-EINVAL)",
                "@bogus | pc: Unsupported message sent to DM core: @bogus",
                "@cancel_deferred_remove x | pc: Invalid arguments for @cancel_deferred_remove",
                "'' | pc: Empty message received."
            })
    void badMessagesSayWhy(String text, String reason) throws ControlException {
        fixture.live();

        ControlException refusal = refused(() -> device.message(0, text));

        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons()).first().isEqualTo(reason);
        assertThat(fixture.caches.last.gcPercent).isEqualTo(70);
        assertThat(fixture.caches.last.retries).isZero();
    }

    @Test
    void messageToASectorOutsideIsRefused() throws ControlException {
        fixture.live();

        assertThat(refused(() -> device.message(DeviceFixture.SECTORS, "gc_percent 1"))
                        .reasons())
                .first()
                .isEqualTo("pc: Target message sector outside device.");
    }

    @Test
    void eventNumberRisesWithRenameAndUuidOnly() throws ControlException {
        fixture.live();
        device.suspend(false, Cancellation.NEVER);
        fixture.resume();
        device.message(0, "gc_percent 20");
        device.wipe(false, false, Cancellation.NEVER);
        assertThat(device.info(false).eventNr()).isZero();

        device.setUuid("UU");
        device.rename("pc9");

        assertThat(device.info(false).eventNr()).isEqualTo(2);
        assertThat(device.info(false).name()).isEqualTo("pc9");
        assertThat(device.info(false).uuid()).isEqualTo("UU");
        assertThat(device.info(false).uri()).isEqualTo("nbd+unix:///?socket=/run/pc9");
    }

    @Test
    void renameRefusesWhatCannotBe() throws ControlException {
        assertThat(refused(() -> device.rename("taken")).errno()).isEqualTo(Errno.EBUSY);
        assertThat(refused(() -> device.rename("control")).reasons())
                .containsExactly("pc: device name cannot be \"control\", \".\", or \"..\"");
        assertThat(refused(() -> device.rename("../x")).errno()).isEqualTo(Errno.EINVAL);
        assertThat(refused(() -> device.setUuid("")).reasons())
                .containsExactly("pc: Invalid new mapped device name or uuid string supplied.");
        device.setUuid("ONE");
        assertThat(refused(() -> device.setUuid("OTHER")).reasons())
                .containsExactly(
                        "pc: Unable to change uuid of mapped device pc to OTHER because uuid is already set to ONE");
        assertThat(device.info(false).name()).isEqualTo("pc");
    }

    @Test
    void readAheadIsShownOnceThereIsATable() throws ControlException {
        assertThat(device.info(false).readAhead()).isEqualTo(-1);
        fixture.live();
        assertThat(device.info(false).readAhead()).isEqualTo(256);

        device.resume(new ReadAheadSetting(64, true), false, Cancellation.NEVER);
        assertThat(device.info(false).readAhead()).isEqualTo(256);
        device.resume(new ReadAheadSetting(1024, true), false, Cancellation.NEVER);
        assertThat(device.info(false).readAhead()).isEqualTo(1024);
        device.resume(new ReadAheadSetting(0, false), false, Cancellation.NEVER);
        assertThat(device.info(false).readAhead()).isZero();
    }

    @Test
    void geometryIsCheckedAsTheKernelDoes() throws ControlException {
        device.setGeometry("10 20 30 0");

        assertThat(refused(() -> device.setGeometry("a b c d")).reasons())
                .containsExactly("pc: Unable to interpret geometry settings.");
        assertThat(refused(() -> device.setGeometry("1 1 1 99999999")).reasons())
                .containsExactly("pc: Start sector is beyond the geometry limits.");
    }

    @Test
    void terminationAnswersHeldRequestsAndClosesEverything() throws ControlException {
        fixture.live();
        device.suspend(false, Cancellation.NEVER);
        fixture.frontEnds.openCount = 3;

        assertThat(device.terminate("SIGTERM")).isTrue();

        assertThat(fixture.caches.last.closed).isTrue();
        assertThat(fixture.forgotten).isTrue();
    }

    @Test
    void engineReasonsAreShownWithTheirPrefix() throws ControlException {
        fixture.caches.startFailure = PCacheException.otherDataCrc(true);

        ControlException refusal = refused(() -> fixture.load(fixture.pcache("2 data_crc true")));

        assertThat(refusal.reasons())
                .containsExactly(
                        "pcache: invalid option for data_crc: true, expected: false",
                        "pcache: the cache keeps what it was formatted with: write \"data_crc false\" in the table",
                        "pcache: Failed to start pcache (-EINVAL)");
        assertThat(fixture.caches.open).isEmpty();
        assertThat(fixture.attributes()).isEqualTo("---w");
    }

    @Test
    void tableWithoutTheChecksumsOfItsCacheIsToldToNameThem() throws ControlException {
        fixture.caches.startFailure = PCacheException.otherDataCrc(false);

        assertThat(refused(() -> fixture.load(fixture.pcache("0"))).reasons())
                .contains("pcache: the cache keeps what it was formatted with: write \"data_crc true\" in the table");
    }

    @Test
    void suspendedDeviceTakesChangesOfItsTable() throws ControlException {
        enter('S');
        fixture.load(DeviceFixture.error(8));

        fixture.resume();

        assertThat(fixture.attributes()).isEqualTo("L--w");
        assertThatThrownBy(() -> fixture.load(fixture.pcache())).isInstanceOf(ControlException.class);
    }

    @Test
    void nodeIsRecoverableFromTheMomentItIsThere() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.load(fixture.pcache());
        device.save();
        assertThat(fixture.saved).as("nothing to go on with yet").isNull();

        fixture.resume();

        assertThat(fixture.saved.ublkId()).isEqualTo(5);
        assertThat(fixture.saved.lines()).isEqualTo(device.table(false));
        assertThat(fixture.saved.suspended()).isFalse();
    }

    @Test
    void successorGoesOnWhereThePredecessorEnded() throws Exception {
        fixture.frontEnds.withNode = true;
        device.load(fixture.pcache("2 data_crc true"), new LoadOptions(true, false, false, Verify.SAMPLE));
        device.resume(new ReadAheadSetting(512, false), false, Cancellation.NEVER);
        device.suspend(false, Cancellation.NEVER);
        device.save();
        fixture.caches.last.close();
        DeviceFixture next = new DeviceFixture(Files.createDirectory(directory.resolve("next")));
        next.frontEnds.withNode = true;

        next.device.recover(fixture.saved);

        assertThat(next.frontEnds.takenOver).isEqualTo(5);
        assertThat(next.attributes()).isEqualTo("L-sr");
        assertThat(next.device.info(false).readAhead()).isEqualTo(512);
        assertThat(next.device.table(false)).isEqualTo(fixture.saved.lines());
        assertThat(next.frontEnd.gate().route().held())
                .as("requests wait for the resume")
                .isTrue();
        assertThat(next.device.events().nr()).as("a recovery is an event").isEqualTo(1);
    }

    @Test
    void failedRecoveryClosesTheCacheAndLeavesTheNode() throws Exception {
        fixture.frontEnds.withNode = true;
        fixture.frontEnds.startFailure = new IOException("still in use");
        RecoveryState state =
                new RecoveryState("pc", "", 5, fixture.pcache(), false, false, false, 256, 0, CacheMark.UNKNOWN);

        refused(() -> device.recover(state));

        assertThat(fixture.caches.open).isEmpty();
        assertThat(fixture.forgotten).isFalse();
    }

    @Test
    void handOverLeavesTheNodeAndGivesTheCacheBack() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.live();

        device.handOver(false);

        assertThat(fixture.frontEnds.left).isTrue();
        assertThat(fixture.caches.last.flushes).isEqualTo(1);
        assertThat(fixture.caches.open).isEmpty();
        assertThat(fixture.forgotten).as("the successor needs the files").isFalse();
        assertThat(device.removed()).as("the process has nothing left to do").isTrue();
    }

    @Test
    void handOverIsForDevicesThatServe() throws ControlException {
        assertThat(refused(() -> device.handOver(false)).reasons())
                .singleElement()
                .asString()
                .contains("it has no live table");
        fixture.live();
        device.suspend(false, Cancellation.NEVER);
        assertThat(refused(() -> device.handOver(false)).reasons())
                .singleElement()
                .asString()
                .contains("it is suspended: resume it first");
        assertThat(refused(() -> device.handOver(false)).errno()).isEqualTo(Errno.EOPNOTSUPP);
        assertThat(fixture.attributes()).isEqualTo("L-sw");
    }

    @Test
    void handOverCutsNbdClientsOffByForceOnly() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 2;

        ControlException refusal = refused(() -> device.checkHandOver(false));
        assertThat(refusal.errno()).isEqualTo(Errno.EBUSY);
        assertThat(refusal.reasons())
                .singleElement()
                .asString()
                .startsWith("pc: NBD clients (2) would be cut off")
                .contains("restart --force");

        device.checkHandOver(true);
        device.handOver(true);
        assertThat(device.handedOver()).isTrue();
    }

    @Test
    void deviceThatServesNbdIsKeptForASuccessor() throws Exception {
        fixture.live();
        device.setUuid("UU");

        assertThat(fixture.saved.frontEnd()).isEqualTo("nbd");
        assertThat(fixture.saved.lines()).isEqualTo(device.table(false));

        DeviceFixture next = new DeviceFixture(Files.createDirectory(directory.resolve("next")));
        next.device.recover(fixture.saved);
        assertThat(next.frontEnds.takenOver).isEqualTo(-1);
        assertThat(next.attributes()).isEqualTo("L--w");
    }

    /**
     * Its control goes on where the run directory is full: nobody hangs without a successor, and none goes on from a
     * state that is not the last.
     */
    @Test
    void deviceThatServesNbdHasNoSuccessorWhereItsStateCannotBeKept() throws ControlException {
        fixture.live();
        fixture.saveFailure = new IOException("No space left on device");

        device.suspend(false, Cancellation.NEVER);
        assertThat(fixture.saved).isNull();

        fixture.saveFailure = null;
        fixture.resume();
        device.save();
        assertThat(fixture.saved.suspended()).isFalse();
    }

    @Test
    void terminationLeavesAnOpenNodeAsItIs() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.live();
        fixture.frontEnds.openCount = 1;

        assertThat(device.terminate("SIGTERM")).isFalse();

        assertThat(fixture.frontEnds.left).isFalse();
        assertThat(fixture.frontEnds.serving).isNotNull();
        assertThat(fixture.caches.last.closed).isFalse();
        assertThat(fixture.caches.last.flushes)
                .as("what was acknowledged is durable")
                .isEqualTo(1);
        assertThat(device.removed()).isFalse();
        fixture.frontEnds.openCount = 0;
        assertThat(device.terminate("SIGTERM")).isTrue();
        assertThat(fixture.frontEnds.serving).isNull();
        assertThat(fixture.forgotten).isTrue();
    }

    private DeviceFixture withFullDisk() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.live();
        fixture.saveFailure = new IOException("No space left on device");
        return fixture;
    }

    private static final String NOT_KEPT =
            "pc: not done, because it could not be kept for a target that takes over should this one die: No "
                    + "space left on device (-EIO)";

    @Test
    void suspendThatCannotBeKeptIsUndone() throws ControlException {
        withFullDisk();

        assertThat(refused(() -> device.suspend(false, Cancellation.NEVER)).reasons())
                .containsExactly(NOT_KEPT);

        assertThat(fixture.attributes()).isEqualTo("L--w");
        assertThat(fixture.frontEnd.gate().route().held()).isFalse();
        fixture.saveFailure = null;
        device.suspend(false, Cancellation.NEVER);
        assertThat(fixture.saved.suspended()).isTrue();
        fixture.saveFailure = new IOException("No space left on device");
        refused(() -> device.suspend(false, Cancellation.NEVER));
        assertThat(fixture.attributes()).as("what was suspended stays so").isEqualTo("L-sw");
    }

    @Test
    void resumeThatCannotBeKeptLeavesItSuspended() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.live();
        device.suspend(false, Cancellation.NEVER);
        fixture.saveFailure = new IOException("No space left on device");

        assertThat(refused(fixture::resume).reasons()).containsExactly(NOT_KEPT);

        assertThat(fixture.attributes()).isEqualTo("L-sw");
        assertThat(fixture.frontEnd.gate().route().held()).isTrue();
        fixture.saveFailure = null;
        fixture.resume();
        assertThat(fixture.attributes()).isEqualTo("L--w");
        assertThat(fixture.saved.suspended()).isFalse();
    }

    @Test
    void deviceThatIsOpenedInTheLastMomentStays() throws ControlException {
        fixture.live();
        device.suspend(false, Cancellation.NEVER);
        fixture.frontEnds.openedLate = true;

        assertThat(refused(() -> device.remove(false, false)).errno()).isEqualTo(Errno.EBUSY);

        assertThat(fixture.attributes()).isEqualTo("L-sw");
        assertThat(fixture.frontEnd.gate().route().held())
                .as("requests are held as before")
                .isTrue();
        assertThat(fixture.frontEnds.serving).isNotNull();
        assertThat(fixture.forgotten).isFalse();
        fixture.frontEnds.openedLate = false;
        assertThat(device.remove(false, false)).isTrue();
    }

    @Test
    void deferredRemovalWaitsForWhoCameInTheLastMoment() throws ControlException {
        fixture.live();
        fixture.frontEnds.openCount = 1;
        device.remove(false, true);
        int watches = fixture.frontEnds.watches;

        fixture.frontEnds.onLastClose.run();

        assertThat(fixture.frontEnds.watches).as("counted again").isEqualTo(watches + 1);
        fixture.frontEnds.openedLate = true;
        fixture.frontEnds.lastClose();
        assertThat(device.removed()).isFalse();
        assertThat(fixture.frontEnds.watches).as("refused by the kernel").isEqualTo(watches + 2);
        fixture.frontEnds.openedLate = false;
        fixture.frontEnds.lastClose();
        assertThat(device.removed()).isTrue();
    }

    @Test
    void deferredRemovalThatCannotBeKeptIsUndone() throws ControlException {
        withFullDisk();
        fixture.frontEnds.openCount = 1;

        assertThat(refused(() -> device.remove(false, true)).reasons()).containsExactly(NOT_KEPT);

        assertThat(device.info(false).deferredRemove()).isFalse();
        fixture.frontEnds.lastClose();
        assertThat(device.removed()).isFalse();
    }

    @Test
    void nameAndUuidThatCannotBeKeptAreTakenBack() throws ControlException {
        withFullDisk();

        assertThat(refused(() -> device.rename("other")).reasons()).containsExactly(NOT_KEPT);
        assertThat(refused(() -> device.setUuid("UU")).reasons()).containsExactly(NOT_KEPT);

        assertThat(device.info(false).name()).isEqualTo("pc");
        assertThat(device.info(false).uuid()).isEmpty();
    }

    @Test
    void firstTableThatCannotBeKeptDoesNotGoLive() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.saveFailure = new IOException("No space left on device");
        fixture.load(fixture.pcache());

        assertThat(refused(fixture::resume).reasons()).containsExactly(NOT_KEPT);

        assertThat(fixture.attributes()).isEqualTo("-I-w");
        assertThat(fixture.frontEnds.serving).isNull();
    }

    @Test
    void nextTableThatCannotBeKeptDoesNotGoLive() throws ControlException {
        withFullDisk();
        fixture.load(DeviceFixture.error(8));

        assertThat(refused(fixture::resume).reasons()).containsExactly(NOT_KEPT);

        assertThat(device.table(false)).isEqualTo(fixture.saved.lines());
        assertThat(fixture.attributes()).isEqualTo("LI-w");
    }

    @Test
    void handOverThatCannotBeKeptIsRefused() throws ControlException {
        withFullDisk();

        assertThat(refused(() -> device.handOver(false)).reasons()).containsExactly(NOT_KEPT);

        assertThat(fixture.frontEnds.left).isFalse();
        assertThat(device.removed()).isFalse();
    }

    @Test
    void checkOfAHandOverChangesNothing() throws ControlException {
        fixture.frontEnds.withNode = true;
        fixture.live();

        device.checkHandOver(false);

        assertThat(fixture.frontEnds.left).isFalse();
        assertThat(device.handedOver()).isFalse();
        device.handOver(false);
        assertThat(device.handedOver()).isTrue();
    }
}
