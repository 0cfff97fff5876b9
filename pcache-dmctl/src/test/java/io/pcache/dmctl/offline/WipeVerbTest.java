package io.pcache.dmctl.offline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.dmctl.offline.OfflineTool.Outcome;
import io.pcache.engine.PCache;
import io.pcache.media.KernelImages;
import io.pcache.memory.MappedMemory;
import io.pcache.sys.SystemCalls;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code wipe} refuses dirty data, and a wiped device can be formatted. */
class WipeVerbTest {
    private static final long CACHE_BYTES = 544L << 20;
    private static final int SUPERBLOCK = 4096;
    private static final int FIRST_KEY_SET = 32768;

    @TempDir
    Path directory;

    private Outcome run(String... arguments) {
        return OfflineTool.in(directory).run(new byte[0], arguments);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private void poke(String name, long offset, byte... bytes) throws Exception {
        try (RandomAccessFile access = new RandomAccessFile(file(name).toFile(), "rw")) {
            access.setLength(Math.max(access.length(), CACHE_BYTES));
            access.seek(offset);
            access.write(bytes);
        }
    }

    /** Why activation refuses a device; null if the device is taken, with a new cache or an old one. */
    private String refusal(String name) throws Exception {
        try (MappedMemory memory = MappedMemory.open(file(name).toString())) {
            PCache.open(
                    memory,
                    new SimulatedBacking(64 << 20),
                    PCacheConfig.builder(64 << 20).build());
            return null;
        } catch (PCacheException e) {
            return e.getMessage();
        }
    }

    @Test
    void refusesACacheWithDirtyDataAndTellsHowMuchUnlessForced() throws Exception {
        KernelImages.named("dirty-crc").unpack(directory);
        long dirty = run("check", "--json", "cache.img")
                .json()
                .get("log")
                .get("dirty_bytes")
                .asLong();
        Outcome refused = run("wipe", "cache.img");
        assertThat(refused.exit()).isEqualTo(8);
        assertThat(refused.err())
                .hasLineCount(1)
                .contains(
                        dirty + " bytes (",
                        "are dirty",
                        "nothing was written; 'pcachectl writeback cache.img BACKING'",
                        "--force");
        assertThat(run("check", "cache.img", "backing.img").exit())
                .as("the cache is as it was")
                .isZero();

        Outcome forced = run("wipe", "--force", "cache.img");
        assertThat(forced.exit()).as(forced.err()).isZero();
        assertThat(forced.text())
                .hasLineCount(1)
                .contains("is blank now", "a pcache cache", "given up: " + dirty + " bytes");
        assertThat(run("check", "cache.img").exit()).as("there is none").isEqualTo(8);
        assertThat(refusal("cache.img")).isNull();
    }

    @Test
    void takesACacheAwayWhoseDirtyDataWasWrittenBack() throws Exception {
        KernelImages.named("dirty-crc").unpack(directory);
        assertThat(run("writeback", "cache.img", "backing.img").exit()).isZero();
        Outcome wiped = run("wipe", "cache.img", "--json");
        assertThat(wiped.exit()).as(wiped.err()).isZero();
        assertThat(wiped.json().get("wiped").get(0).asText()).isEqualTo("a pcache cache");
        assertThat(wiped.json().has("given_up")).isFalse();
        assertThat(run("wipe", "cache.img").text()).isEqualTo("cache.img: was blank already\n");
    }

    @Test
    void refusesADamagedCacheOfWhichItCannotBeToldWhatIsDirty() throws Exception {
        KernelImages.named("dirty-crc").unpack(directory);
        poke("cache.img", FIRST_KEY_SET, (byte) 0x77, (byte) 0x77, (byte) 0x77, (byte) 0x77);
        Outcome refused = run("wipe", "cache.img");
        assertThat(refused.exit()).isEqualTo(8);
        assertThat(refused.err()).contains("log is damaged", "cannot be told what", "nothing was written", "--force");
        assertThat(run("wipe", "cache.img", "--force").exit()).isZero();
        assertThat(refusal("cache.img")).isNull();
    }

    /** Encrypted volumes, bluestore and others leave bytes of their own where a superblock has its magic. */
    @ParameterizedTest
    @CsvSource({
        "0, LUKS, 9",
        "0, bluestore block device, 0",
        "570425344, EFI PART, 0",
        "3000, nothing known, 9",
        "65600, _BHRfS_M, 0"
    })
    void makesADeviceUsableThatSomethingElseIsOn(long offset, String signature, byte atMagic) throws Exception {
        // The backup of a GPT lies in the last block.
        long place = offset > CACHE_BYTES - 512 ? CACHE_BYTES - 512 : offset;
        poke("disk", place, signature.getBytes(StandardCharsets.ISO_8859_1));
        poke("disk", SUPERBLOCK + 8, atMagic);
        assertThat(refusal("disk")).contains("'pcachectl wipe " + file("disk") + "'", "nothing was written");
        Outcome wiped = run("wipe", "disk");
        assertThat(wiped.exit()).as(wiped.err()).isZero();
        assertThat(wiped.text()).startsWith("disk: is blank now; wiped: ");
        assertThat(SystemCalls.linux().status(file("disk").toString()).allocatedBytes())
                .as("holes stay")
                .isLessThan(1 << 20);
        assertThat(refusal("disk")).isNull();
    }

    @Test
    void refusesADeviceInUse() throws Exception {
        poke("disk", 0, (byte) 1);
        try (MappedMemory user = MappedMemory.open(file("disk").toString())) {
            Outcome refused = run("wipe", "--force", "disk");
            assertThat(refused.exit()).isEqualTo(8);
            assertThat(refused.err()).contains("in use", "EBUSY");
            assertThat(user.getByte(0)).isEqualTo((byte) 1);
        }
    }
}
