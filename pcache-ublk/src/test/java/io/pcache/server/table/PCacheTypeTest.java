package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.cache.PCacheException;
import io.pcache.cache.Progress;
import io.pcache.cache.Verify;
import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableLine;
import io.pcache.health.CacheEvents;
import io.pcache.route.CacheMode;
import io.pcache.server.device.DeviceFixture;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PCacheTypeTest {
    private static final String BAD_COUNT = "pcache: Invalid number of cache option arguments (-EINVAL)";

    @TempDir
    Path directory;

    private final FakeCaches caches = new FakeCaches();
    private final FakeHost host = new FakeHost();
    private final PCacheType type = new PCacheType("pc", caches, CacheEvents.NONE, host);
    private Path cache;
    private Path backing;

    @BeforeEach
    void makeFiles() throws IOException {
        cache = Files.createFile(directory.resolve("cache"));
        backing = Files.createFile(directory.resolve("backing"));
    }

    @Test
    void refusesATableThatEndsInTheMiddleOfABackingDevicesBlock() {
        caches.backingBlockBytes = 4096;
        for (long sectors : new long[] {1, 9, 2_097_151}) {
            ControlException refusal = catchThrowableOfType(
                    ControlException.class, () -> construct(sectors, cache + " " + backing, DeviceFixture.PLAIN));
            assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
            assertThat(refusal.reasons())
                    .containsExactly(
                            "pcache: table length " + sectors
                                    + " is not a multiple of the backing device's block of 8 sectors (-EINVAL)",
                            "pcache: the nearest length below is " + sectors / 8 * 8);
            assertThat(caches.open).isEmpty();
        }
        assertThatCode(() -> construct(2_097_144, cache + " " + backing, DeviceFixture.PLAIN))
                .doesNotThrowAnyException();
    }

    @Test
    void refusalsOfDamageSayWhatToDoNext() {
        caches.startFailure = PCacheException.damage(
                Errno.EINVAL, null, "corrupted sb: 1, expected: 2", "Failed to start cache dev (-EINVAL)");
        ControlException refusal = catchThrowableOfType(ControlException.class, () -> construct(cache + " " + backing));
        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .containsExactly(
                        "pcache: corrupted sb: 1, expected: 2",
                        "pcache: 'pcachectl check " + cache + "' shows what is damaged, 'pcachectl repair " + cache
                                + "' mends what can be mended",
                        "pcache: Failed to start cache dev (-EINVAL)");
    }

    @Test
    void otherRefusalsDoNotSendAnybodyToTheTools() {
        caches.startFailure = PCacheException.otherDataCrc(true);
        assertThat(catchThrowableOfType(ControlException.class, () -> construct(cache + " " + backing))
                        .reasons())
                .isNotEmpty()
                .noneMatch(reason -> reason.contains("pcachectl check") || reason.contains("pcachectl repair"));
    }

    private Target construct(String args) throws ControlException {
        return construct(2_097_152, args, DeviceFixture.PLAIN);
    }

    private Target construct(long sectors, String args, LoadOptions options) throws ControlException {
        return type.construct(new TableLine(0, sectors, "pcache", args), options, Progress.NONE);
    }

    private ControlException refusal(String args) {
        ControlException refusal = catchThrowableOfType(ControlException.class, () -> construct(args));
        assertThat(refusal).as(args).isNotNull();
        assertThat(caches.open).as("devices are closed again").isEmpty();
        assertThat(caches.started).as("no cache was brought up").isEmpty();
        return refusal;
    }

    @ParameterizedTest
    @CsvSource({
        "'', false",
        "0, false",
        "2 cache_mode writeback, false",
        "2 data_crc true, true",
        "2 data_crc false, false",
        "4 cache_mode writeback data_crc true, true",
        "4 data_crc true cache_mode writeback, true",
        "4 data_crc true data_crc false, false",
        "4 cache_mode writeback cache_mode writeback, false",
        "02 cache_mode writeback, false",
        "0002 data_crc true, true",
        "4 cache_mode writeback crc true, true",
        "2 crc false, false"
    })
    void takesOptions(String tail, boolean dataCrc) throws ControlException {
        Target target = construct(cache + " " + backing + " " + tail);

        assertThat(caches.started.get(0).dataCrc()).isEqualTo(dataCrc);
        assertThat(target.table().args())
                .isEqualTo(cache + " " + backing + " 4 cache_mode writeback data_crc " + dataCrc);
    }

    @Test
    void takesWriteThroughAndPrintsIt() throws ControlException {
        Target target = construct(cache + " " + backing + " 2 cache_mode writethrough");

        assertThat(caches.started.get(0).cacheMode()).isEqualTo(CacheMode.WRITETHROUGH);
        assertThat(target.table().args())
                .isEqualTo(cache + " " + backing + " 4 cache_mode writethrough data_crc false");
    }

    @ParameterizedTest
    @CsvSource({
        "1, count",
        "1 cache_mode, Missing value for cache_mode",
        "1 data_crc, Missing value for data_crc",
        "1 cache_mode writeback, Missing value for cache_mode",
        "1 foo, Unrecognised cache option requested",
        "3 cache_mode writeback data_crc, Missing value for data_crc",
        "3 data_crc true cache_mode, Missing value for cache_mode",
        "3 cache_mode writeback, count",
        "4 cache_mode writeback, count",
        "4 cache_mode writeback data_crc, count",
        "5 cache_mode writeback data_crc true x, count",
        "6 a b c d e f, count",
        "-1, count",
        "+2 cache_mode writeback, count",
        "abc, count",
        "2x cache_mode writeback, count",
        "2.0 cache_mode writeback, count",
        "0x2 cache_mode writeback, count",
        "2, count",
        "2 cache_mode, count",
        "2 data_crc maybe, Invalid data crc parameter",
        "2 data_crc TRUE, Invalid data crc parameter",
        "2 data_crc 1, Invalid data crc parameter",
        "2 cache_mode writearound, Invalid cache mode parameter",
        "2 cache_mode WRITEBACK, Invalid cache mode parameter",
        "2 foo bar, Unrecognised cache option requested",
        "2 CACHE_MODE writeback, Unrecognised cache option requested",
        "2 gc_percent 50, Unrecognised cache option requested",
        "cache_mode writeback, count",
        "2 cache_mode=writeback x, Unrecognised cache option requested",
        "2 cache\\_mode writeback, Unrecognised cache option requested",
        "4294967298 cache_mode writeback, count",
        // The kernel ignores what is beyond the count; a forgotten count must not switch checksums off without a word.
        "0 extra, count",
        "0 data_crc true, count",
        "2 cache_mode writeback extra, count",
        "2 cache_mode writeback data_crc true, count",
        "1 crc, Missing value for data_crc"
    })
    void refusesOptionsInTheKernelsWords(String tail, String reason) {
        ControlException refusal = refusal(cache + " " + backing + " " + tail);

        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .hasSize(2)
                .first()
                .isEqualTo(reason.equals("count") ? BAD_COUNT : "pcache: " + reason + " (-EINVAL)");
        assertThat(refusal.reasons().get(1)).endsWith("for example: 4 cache_mode writeback data_crc true");
    }

    @Test
    void refusesMissingDevices() {
        assertThat(refusal("").reasons()).hasSize(2).first().isEqualTo("pcache: Insufficient args (-EINVAL)");
        assertThat(refusal(cache.toString()).reasons())
                .hasSize(2)
                .first()
                .isEqualTo("pcache: Insufficient args (-EINVAL)");
    }

    @ParameterizedTest
    @CsvSource({
        "/nosuch/path, 2, ENOENT, no such device or file",
        "cache, 2, ENOENT, must be an absolute path",
        "259:, 2, ENOENT, must be an absolute path",
        ":0, 2, ENOENT, must be an absolute path",
        "4095:1048575, 6, ENXIO, no block device has this number",
        "/, 15, ENOTBLK, neither a block device nor a regular file"
    })
    void saysWhyADeviceDoesNotOpen(String word, int errno, String name, String why) {
        ControlException asCache = refusal(word + " " + backing);
        assertThat(asCache.errno()).isEqualTo(errno);
        assertThat(asCache.reasons()).hasSize(2).last().isEqualTo("pcache: Error opening cache device (-" + name + ")");
        assertThat(asCache.reasons().get(0))
                .startsWith("pcache: " + word + ": ")
                .contains(why);

        ControlException asBacking = refusal(cache + " " + word);
        assertThat(asBacking.errno()).isEqualTo(errno);
        assertThat(asBacking.reasons())
                .hasSize(2)
                .last()
                .isEqualTo("pcache: Error opening backing device (-" + name + ")");
        assertThat(asBacking.reasons().get(0))
                .startsWith("pcache: " + word + ": ")
                .contains(why);
    }

    @ParameterizedTest
    @CsvSource({"16, EBUSY, in use", "30, EROFS, read-only", "13, EACCES, permission denied"})
    void saysThatADeviceIsInUseOrNotToBeWritten(int errno, String name, String why) {
        caches.failErrno = errno;
        caches.failPath = cache.toString();
        assertThat(refusal(cache + " " + backing).reasons())
                .hasSize(2)
                .last()
                .isEqualTo("pcache: Error opening cache device (-" + name + ")");
        caches.failPath = backing.toString();
        assertThat(refusal(cache + " " + backing).reasons())
                .hasSize(2)
                .last()
                .isEqualTo("pcache: Error opening backing device (-" + name + ")");
        assertThat(refusal(cache + " " + backing).reasons().get(0)).startsWith("pcache: " + backing + ": " + why);
    }

    @Test
    void waitsForADeviceWhoseHolderIsGone() throws ControlException {
        caches.claimedBriefly.addAll(List.of(cache.toString(), cache.toString(), backing.toString()));

        construct(cache + " " + backing);

        assertThat(caches.claimedBriefly).isEmpty();
    }

    @Test
    void readOnlyTableIsContentWithAReadOnlyBackingDevice() throws ControlException {
        caches.failErrno = Errno.EROFS;
        caches.failPath = backing.toString();

        construct(8, cache + " " + backing, new LoadOptions(true, false, false, Verify.SAMPLE));

        assertThat(caches.openedReadOnly).isTrue();
    }

    @Test
    void refusesTheSameDeviceTwiceWhateverItIsCalled() throws IOException {
        Path link = Files.createLink(directory.resolve("hardlink"), cache);
        Path symbolic = Files.createSymbolicLink(directory.resolve("symlink"), cache);

        for (Path other : new Path[] {cache, link, symbolic}) {
            ControlException refusal = refusal(cache + " " + other);
            assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
            assertThat(refusal.reasons())
                    .containsExactly(
                            "pcache: " + other + " is the cache device, too",
                            "pcache: Error opening backing device (-EINVAL)");
        }
    }

    @Test
    void refusesTableLongerThanBackingDevice() {
        caches.backingBytes = 1000 * 512;
        ControlException refusal = catchThrowableOfType(
                ControlException.class, () -> construct(1001, cache + " " + backing, DeviceFixture.PLAIN));

        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .containsExactly(
                        "pcache: table length 1001 exceeds backing device size 1000 (-EINVAL)",
                        "pcache: a table cannot be longer than its backing device, which has 1000 sectors of "
                                + "512 bytes");
        assertThat(caches.open).isEmpty();
    }

    @Test
    void saysThatTheWordsMayBeSwappedWhereTheLengthIsTheCacheDevices() {
        caches.backingBytes = 1000 * 512;
        ControlException refusal = catchThrowableOfType(
                ControlException.class,
                () -> construct(caches.cacheBytes / 512, cache + " " + backing, DeviceFixture.PLAIN));
        assertThat(refusal.reasons()).last().asString().contains("the two may be swapped in the table");
    }

    @ParameterizedTest
    @CsvSource({"1", "7", "999", "1000"})
    void takesTableUpToTheBackingDevicesSize(long sectors) throws ControlException {
        caches.backingBytes = 1000 * 512;

        construct(sectors, cache + " " + backing, DeviceFixture.PLAIN);

        assertThat(caches.started.get(0).sizeBytes()).isEqualTo(sectors * 512);
    }

    @Test
    void checksComeInTheKernelsOrder() {
        caches.backingBytes = 512;
        // Cache device before backing device, devices before options, options before the length.
        assertThat(refusal("/nosuch").reasons()).contains("pcache: Error opening cache device (-ENOENT)");
        assertThat(refusal("/nosuch /nosuch2").reasons()).contains("pcache: Error opening cache device (-ENOENT)");
        assertThat(refusal(cache + " /nosuch 1").reasons()).contains("pcache: Error opening backing device (-ENOENT)");
        assertThat(refusal(cache + " " + backing + " 1").reasons()).contains(BAD_COUNT);
    }

    @Test
    void refusesCacheTooLargeForTheHeap() throws ControlException {
        caches.cacheBytes = 16L << 40;
        host.heapMiB = 40;
        assertThat(refusal(cache + " " + backing).reasons())
                .hasSize(2)
                .last()
                .isEqualTo("pcache: Failed to start pcache (-ENOMEM)");

        caches.cacheBytes = 512L << 30;
        caches.backingBytes = 1L << 50;
        host.heapMiB = 38;
        assertThatCode(() -> construct(cache + " " + backing)).doesNotThrowAnyException();
    }

    @Test
    void refusesAFileThatIsLongerThanTheProcessMayWrite() throws Exception {
        Files.write(backing, new byte[512]);
        host.fileSizeLimitBytes = 511;
        ControlException refusal = refusal(cache + " " + backing);
        assertThat(refusal.errno()).isEqualTo(Errno.EFBIG);
        assertThat(refusal.reasons()).first().asString().contains(backing + ": it has 512 bytes", "behind 511");

        host.fileSizeLimitBytes = 512;
        assertThatCode(() -> construct(cache + " " + backing)).doesNotThrowAnyException();
    }

    @Test
    void passesForceAndSalvageOn() throws ControlException {
        construct(8, cache + " " + backing, new LoadOptions(false, true, true, Verify.SAMPLE));

        assertThat(caches.started.get(0).overwriteForeign()).isTrue();
        assertThat(caches.started.get(0).salvage()).isTrue();
    }

    @Test
    void passesOnHowMuchIsComparedAndWhatTheBackingDeviceIs() throws ControlException {
        construct(8, cache + " " + backing, new LoadOptions(false, false, false, Verify.ALL));

        assertThat(caches.started.get(0).verify()).isEqualTo(Verify.ALL);
        assertThat(caches.started.get(0).backingProbe().identify().sectors()).isEqualTo(caches.backingBytes / 512);
    }

    @Test
    void whoGoesOnForAnotherWantsItsCache() throws Exception {
        String identity = LowerDevice.onThisMachine(cache.toString()).identity();
        construct(8, cache + " " + backing, successorOf(identity)).close();
        assertThat(caches.started.get(0).existing())
                .as("a blank one is not formatted")
                .isTrue();

        ControlException refusal = catchThrowableOfType(
                ControlException.class, () -> construct(8, cache + " " + backing, successorOf(identity + "0")));

        assertThat(refusal.reasons().get(0)).contains("another file or device than the one that the device had");
        assertThat(caches.open).as("devices left open").isEmpty();
        construct(8, cache + " " + backing, new LoadOptions(false, false, false, Verify.SAMPLE));
        assertThat(caches.started.get(1).existing()).isFalse();
    }

    private static LoadOptions successorOf(String identity) {
        return new LoadOptions(false, false, false, Verify.NONE, new CacheMark(identity, ""));
    }

    @Test
    void pathsWithBlanksGoThereAndBack() throws Exception {
        Path odd = Files.createFile(directory.resolve("my cache\\disk"));
        String word = odd.toString().replace("\\", "\\\\").replace(" ", "\\ ");

        Target target = construct(word + " " + backing);

        assertThat(caches.open).contains(odd.toString());
        String printed = target.table().args();
        target.close();
        assertThat(construct(printed).table().args()).isEqualTo(printed);
    }
}
