package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.memory.SimulatedMemory.Step;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The process is killed, the machine lives. Every write that was acknowledged is there, flushed or not, or its loss is
 * told.
 */
class KillTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 700;
    private static final int NONE = -1;
    /** The place of the second slot in the file: a slot is a head of 32 bytes and a key-set. */
    private static final int SECOND_SLOT = 64 + 32 + KeySetLayout.MAX_BYTES;

    @TempDir
    private Path folder;

    private Path carryOver;
    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final List<String> events = new ArrayList<>();
    private int stamp;
    private final int[] written = new int[BLOCKS];
    /** The block that is being written; both its old and its new content are right. */
    private int underWay = NONE;

    @BeforeEach
    void nameFile() {
        carryOver = folder.resolve("carry-over");
    }

    /** What a kill leaves: all that was stored, and the content that must be in it. */
    private record Left(SimulatedMemory memory, byte[] carriedOver, int[] written, int underWay) {}

    private Left kill(SimulatedMemory memory) {
        try {
            return new Left(
                    memory.afterKill(),
                    Files.exists(carryOver) ? Files.readAllBytes(carryOver) : null,
                    written.clone(),
                    underWay);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PCacheConfig config() {
        return PCacheConfig.builder(backing.sizeBytes())
                .carryOver(carryOver)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
    }

    private TestCache open(SimulatedMemory memory) throws Exception {
        return new TestCache(memory, backing, config(), 1);
    }

    private TestCache successor(Left left) throws Exception {
        Files.deleteIfExists(carryOver);
        if (left.carriedOver != null) {
            Files.write(carryOver, left.carriedOver);
        }
        return open(left.memory);
    }

    private static byte[] block(int number) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) number);
        block[0] = (byte) (number >> 8);
        return block;
    }

    private void write(TestCache cache, int block) {
        int number = ++stamp;
        underWay = block;
        cache.write((long) block * BLOCK, block(number));
        written[block] = number;
        underWay = NONE;
    }

    private void hasAll(TestCache cache, Left left) {
        for (int i = 0; i < BLOCKS; i++) {
            if (i != left.underWay) {
                has(cache, i, left.written[i]);
            }
        }
    }

    private void hasAll(TestCache cache) {
        for (int i = 0; i < BLOCKS; i++) {
            has(cache, i, written[i]);
        }
    }

    private static void has(TestCache cache, int block, int number) {
        assertThat(cache.read((long) block * BLOCK, BLOCK))
                .as("block %d", block)
                .isEqualTo(number == 0 ? new byte[BLOCK] : block(number));
    }

    private SimulatedMemory blank(Kind kind) {
        return new SimulatedMemory(kind, CrashRun.CACHE_BYTES);
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"DAX", "PAGE_CACHE"})
    void nothingIsLostThatWasNeverFlushed(Kind kind) throws Exception {
        SimulatedMemory memory = blank(kind);
        TestCache cache = open(memory);
        for (int i = 0; i < BLOCKS; i++) {
            write(cache, i);
        }
        TestCache successor = successor(kill(memory));
        hasAll(successor);
        successor.close();
        assertThat(carryOver).doesNotExist();
        assertThat(events).isEmpty();
    }

    /**
     * Several key-sets are committed at once, and the log changes segment. The process is killed after each store on
     * the way, and the successor after each of its own stores.
     */
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"DAX", "PAGE_CACHE"})
    void nothingIsLostWhereverACommitIsCutShort(Kind kind) throws Exception {
        SimulatedMemory memory = blank(kind);
        open(memory).close();
        memory = memory.reopened();
        CrashRun.placeLog(memory, 2 * KeySetLayout.MAX_BYTES + KeySetLayout.HEADER_BYTES + 400);
        TestCache cache = open(memory);
        write(cache, 1);
        cache.flush();
        SimulatedMemory running = memory;
        List<Left> kills = new ArrayList<>();
        running.listen((step, offset, length) -> {
            if (step == Step.STORE && length != BLOCK) {
                kills.add(kill(running));
            }
        });
        for (int i = 0; i < 3 * KeySetLayout.MAX_KEYS + 7; i++) {
            write(cache, i);
        }
        cache.flush();
        running.listen(null);
        kills.add(kill(running));
        assertThat(kills).hasSizeGreaterThan(12);
        for (Left left : kills) {
            SimulatedMemory found = left.memory;
            List<Left> again = new ArrayList<>();
            Files.write(carryOver, left.carriedOver);
            found.listen((step, offset, length) -> {
                if (step == Step.STORE) {
                    again.add(kill(found));
                }
            });
            TestCache successor = open(found);
            found.listen(null);
            hasAll(successor, left);
            for (Left second : again) {
                hasAll(successor(second), left);
            }
        }
        assertThat(events).isEmpty();
    }

    @Test
    void whatASuccessorFoundIsDurableBeforeItServes() throws Exception {
        SimulatedMemory memory = blank(Kind.PAGE_CACHE);
        TestCache cache = open(memory);
        for (int i = 0; i < 200; i++) {
            write(cache, i);
        }
        Left left = kill(memory);
        hasAll(successor(left));
        Files.delete(carryOver);
        SimulatedMemory afterPowerCut =
                left.memory.crashStates().sample(new Random(1), 1).toList().get(0);
        hasAll(open(afterPowerCut));
    }

    @Test
    void killsInARowLoseNothing() throws Exception {
        SimulatedMemory memory = blank(Kind.DAX);
        TestCache cache = open(memory);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 50; i++) {
                write(cache, (round * 37 + i) % BLOCKS);
            }
            if (round % 3 == 1) {
                cache.flush();
                write(cache, round);
            }
            Left left = kill(memory);
            memory = left.memory;
            cache = successor(left);
            hasAll(cache);
        }
        assertThat(events).isEmpty();
    }

    @Test
    void aChangeOfGcPercentDoesNotPartTheCacheFromItsFile() throws Exception {
        SimulatedMemory memory = blank(Kind.PAGE_CACHE);
        TestCache cache = open(memory);
        write(cache, 1);
        SimulatedMemory running = memory;
        List<Left> kills = new ArrayList<>();
        running.listen((step, offset, length) -> kills.add(kill(running)));
        cache.cache().setGcPercent(33);
        running.listen(null);
        kills.add(kill(running));
        for (Left left : kills) {
            hasAll(successor(left), left);
        }
        assertThat(events).isEmpty();
    }

    // ---- what must not be applied

    /** A cache with a flushed block 1 and an acknowledged block 2, killed afterwards. */
    private Left killed() throws Exception {
        SimulatedMemory memory = blank(Kind.PAGE_CACHE);
        TestCache cache = open(memory);
        write(cache, 1);
        cache.flush();
        write(cache, 2);
        return kill(memory);
    }

    private static PCacheConfig withoutCarryOver(SimulatedBacking backing) {
        return PCacheConfig.builder(backing.sizeBytes()).build();
    }

    @Test
    void aFileIsIgnoredOnceTheCacheHasBeenActivatedWithoutIt() throws Exception {
        Left left = killed();
        TestCache other = new TestCache(left.memory, backing, withoutCarryOver(backing), 1);
        other.write(2L * BLOCK, block(77));
        // The new key is not in the log yet, so the log ends where the file says. But the new data may be where the
        // file's data is.
        SimulatedMemory afterOther = left.memory.afterKill();
        TestCache next = successor(new Left(afterOther, left.carriedOver, null, NONE));
        assertThat(next.read(2L * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        assertThat(next.read(BLOCK, BLOCK)).isEqualTo(block(1));
        assertThat(events).isEmpty();
    }

    @Test
    void aFileOfAnEarlierLifeOfTheDeviceIsIgnored() throws Exception {
        Left left = killed();
        TestCache next = successor(new Left(blank(Kind.PAGE_CACHE), left.carriedOver, null, NONE));
        assertThat(next.read(2L * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        assertThat(events).isEmpty();
    }

    @Test
    void aLogThatEndsElsewhereIsLeftAloneAndTheLossTold() throws Exception {
        Left left = killed();
        ByteBuffer file = ByteBuffer.wrap(left.carriedOver).order(ByteOrder.LITTLE_ENDIAN);
        int position = SECOND_SLOT + Long.BYTES;
        file.putLong(position, file.getLong(position) + 8);
        TestCache next = successor(left);
        assertThat(next.read(2L * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        assertThat(events)
                .singleElement()
                .asString()
                .contains(
                        "LOG_DAMAGED",
                        "acknowledged",
                        "are lost",
                        "the log ends at " + Position.text(KeySetLayout.bytes(1)));
    }

    @Test
    void dataInASegmentThatWasFreedIsLeftAloneAndTheLossTold() throws Exception {
        Left left = killed();
        for (int segment = 1; segment < 4; segment++) {
            DuplicatedRecord generation =
                    RecordKind.GENERATION.in(left.memory).at(RecordKind.GENERATION.place(segment));
            generation.load();
            generation.setLong(GenerationLayout.GENERATION, 9).store();
        }
        TestCache next = successor(left);
        assertThat(next.read(2L * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
        assertThat(events)
                .singleElement()
                .asString()
                .contains("LOG_DAMAGED", "are lost", "has generation 9, expected 0");
    }

    @Test
    void anActivationThatFailsLeavesNoFileOfItsOwnAndKeepsItsPredecessors() throws Exception {
        Left left = killed();
        PCacheConfig wrong = PCacheConfig.builder(backing.sizeBytes())
                .dataCrc(true)
                .carryOver(carryOver)
                .build();
        Files.write(carryOver, left.carriedOver);
        assertThatThrownBy(() -> new TestCache(left.memory, backing, wrong, 1)).hasMessageContaining("data_crc");
        assertThat(carryOver).hasBinaryContent(left.carriedOver);
        hasAll(open(left.memory), left);

        Files.delete(carryOver);
        SimulatedMemory damaged = left.memory.afterKill();
        damaged.putLong(DeviceLayout.segmentData(0) + Long.BYTES, 77);
        damaged.putLong(DeviceLayout.segmentData(0), 77);
        assertThatThrownBy(() -> open(damaged)).hasMessageContaining("failed to replay keys");
        assertThat(carryOver).doesNotExist();
    }

    @Test
    void aFileThatCannotBeMadeIsToldAndTheCacheServesWithoutIt() throws Exception {
        carryOver = folder.resolve("no such folder").resolve("file");
        TestCache cache = open(blank(Kind.DAX));
        write(cache, 1);
        hasAll(cache);
        assertThat(events).singleElement().asString().contains("CACHE_ERROR", "should this process be killed");
    }
}
