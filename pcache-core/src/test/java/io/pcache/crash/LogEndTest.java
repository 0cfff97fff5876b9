package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.LogWalk.End;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.metadata.RecordKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the end of a log is judged, on caches that the kernel target wrote: clean, torn, or corrupt in the middle. */
class LogEndTest {
    private static final int GARDEN_SEGMENT = 30;

    @TempDir
    static Path directory;

    private KernelImage image;
    private SimulatedMemory good;
    /** Device offset and length of each key-set. */
    private final List<Long> places = new ArrayList<>();

    private final List<Integer> lengths = new ArrayList<>();
    private long end;

    private void load(String name) throws Exception {
        image = KernelImages.named(name);
        good = GoodCache.read(image.unpack(directory).cache());
        assertThat(walk(good)).isEqualTo(End.TERMINATED);
        end = position;
    }

    private long position;

    private End walk(SimulatedMemory memory) throws LogCorruptException {
        places.clear();
        lengths.clear();
        int segments = DeviceLayout.segmentsIn(memory.size());
        LogWalk walk = new LogWalk(memory, segments, DeviceLayout::segmentData, segment -> {
            var record = RecordKind.GENERATION.in(memory, segment);
            record.load();
            return record.getLong(GenerationLayout.GENERATION);
        });
        var tail = RecordKind.KEY_TAIL.in(memory);
        tail.load();
        long from = Position.of(tail.getInt(8), tail.getInt(12));
        End ending = walk.run(from, new LogWalk.Visitor<RuntimeException>() {
            @Override
            public void enter(int segment, KeySetReader led) {}

            @Override
            public void keySet(KeySetReader keySet) {
                places.add(keySet.deviceOffset());
                lengths.add(keySet.length());
            }
        });
        position = walk.position();
        return ending;
    }

    private static ByteBuffer bytes(SimulatedMemory memory, long at, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        memory.copyOut(at, bytes, 0, length);
        return bytes;
    }

    private SimulatedMemory with(long at, ByteBuffer bytes) {
        SimulatedMemory changed = good.reopened();
        changed.preload(at, bytes);
        return changed;
    }

    private SimulatedMemory withLong(long at, long value) {
        return with(at, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value));
    }

    private SimulatedMemory withInt(long at, int value) {
        return with(at, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value));
    }

    // ---- the last write

    @ParameterizedTest
    @ValueSource(strings = {"dirty-crc", "unflushed-tail", "gc-past-last"})
    void everyPrefixOfTheLastKeySetIsATornWriteOrACleanEnd(String name) throws Exception {
        load(name);
        int last = places.size() - 1;
        long at = places.get(last);
        int length = lengths.get(last);
        int full = places.size();
        for (int unit : new int[] {8, 512}) {
            for (int arrived = 0;
                    arrived < length;
                    arrived += arrived == 0 && unit == 512 ? 512 - (int) (at % 512) : unit) {
                End ending = walk(with(at + arrived, ByteBuffer.allocate(length - arrived)));
                boolean wasZeros = ending == End.TERMINATED && places.size() == full;
                // A prefix that lacks only zeros is complete.
                assertThat(wasZeros || ending == (arrived == 0 ? End.TERMINATED : End.TORN))
                        .as("%d bytes: %s", arrived, ending)
                        .isTrue();
                assertThat(wasZeros || places.size() == full - 1).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dirty-crc", "unflushed-tail"})
    void anyWordsOfTheLastKeySetMayBeMissing(String name) throws Exception {
        load(name);
        Random random = new Random(5);
        int last = places.size() - 1;
        long at = places.get(last);
        int length = lengths.get(last);
        for (int i = 0; i < 300; i++) {
            ByteBuffer torn = bytes(good, at, length);
            double share = random.nextDouble();
            for (int word = 0; word < length; word += 8) {
                if (random.nextDouble() < share) {
                    torn.putLong(word, 0);
                }
            }
            assertThat(walk(with(at, torn))).isNotEqualTo(End.DAMAGED);
        }
    }

    @Test
    void activatesWithATornLastWriteAndSaysSo() throws Exception {
        load("dirty-crc");
        int last = places.size() - 1;
        SimulatedMemory torn = with(places.get(last) + lengths.get(last) - 40, ByteBuffer.allocate(40));
        List<String> events = new ArrayList<>();
        PCacheConfig config = PCacheConfig.builder(image.deviceBytes())
                .dataCrc(true)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        new TestCache(torn, new SimulatedBacking(image.deviceBytes()), config, 1).close();
        assertThat(events)
                .anyMatch(event -> event.startsWith("LOG_DAMAGED") && event.contains("byte " + places.get(last)));
    }

    // ---- corruption in the middle

    @ParameterizedTest
    @ValueSource(strings = {"dirty-crc", "unflushed-tail"})
    void everyFieldOfAKeySetInTheMiddleIsCorruption(String name) throws Exception {
        load(name);
        List<Long> middles = List.copyOf(places.subList(0, places.size() - 1));
        for (long at : middles) {
            List<SimulatedMemory> damaged = new ArrayList<>();
            damaged.add(withInt(at + KeySetLayout.CRC, 0x12345678));
            for (int number : new int[] {0, 1, 17, 127, 128, 129, -1, Integer.MAX_VALUE}) {
                if (number != good.getInt(at + KeySetLayout.KEY_NUM)) {
                    damaged.add(withInt(at + KeySetLayout.KEY_NUM, number));
                }
            }
            damaged.add(withLong(at + KeySetLayout.MAGIC, 0));
            damaged.add(withLong(at + KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE ^ 1));
            damaged.add(withLong(at + KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST));
            damaged.add(withLong(at + KeySetLayout.FLAGS, 2));
            damaged.add(withLong(at + KeySetLayout.key(0) + KeyLayout.OFFSET, 4096L << 40));
            damaged.add(withInt(at + KeySetLayout.key(0) + KeyLayout.LENGTH, 77));
            for (int i = 0; i < damaged.size(); i++) {
                assertThat(walk(damaged.get(i)))
                        .as("damage %d of the key-set at byte %d", i, at)
                        .isEqualTo(End.DAMAGED);
                assertThat(DeviceLayout.segmentData(Position.segment(position)) + Position.offset(position))
                        .isEqualTo(at);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 14})
    void severalDamagedKeySetsUpToTheEndAreCorruption(int number) throws Exception {
        load("dirty-crc");
        SimulatedMemory damaged = good.reopened();
        for (int i = places.size() - number; i < places.size(); i++) {
            long at = places.get(i) + KeySetLayout.key(0) + KeyLayout.DATA_CRC;
            damaged.preload(
                    at, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, ~good.getInt(at)));
        }
        long first = places.get(places.size() - number);
        assertThat(walk(damaged)).isEqualTo(End.DAMAGED);
        assertThat(DeviceLayout.segmentData(Position.segment(position)) + Position.offset(position))
                .isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLostPageThatTookSeveralKeySetsBeginningsIsCorruption(boolean zeros) throws Exception {
        load("dirty-crc");
        // From within a key-set to a place where no key-set that begins with it can end.
        long from = places.get(2) + 64;
        long until = places.stream()
                        .filter(place -> place > places.get(2) + KeySetLayout.MAX_BYTES)
                        .findFirst()
                        .orElseThrow()
                + 8;
        ByteBuffer page = ByteBuffer.allocate((int) (until - from));
        if (!zeros) {
            new Random(3).nextBytes(page.array());
        }
        SimulatedMemory damaged = with(from, page);
        long at = places.get(2);
        assertThat(walk(damaged)).isEqualTo(End.DAMAGED);
        assertThatThrownBy(() -> new TestCache(damaged, new SimulatedBacking(image.deviceBytes()), true))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("byte " + at + " of the cache device")
                .hasMessageContaining("the log goes on behind it");
    }

    @Test
    void activatesWithCorruptionInTheMiddleWhenToldToSalvage() throws Exception {
        load("dirty-crc");
        SimulatedMemory damaged = withInt(places.get(3) + KeySetLayout.CRC, 1);
        PCacheConfig salvage = PCacheConfig.builder(image.deviceBytes())
                .dataCrc(true)
                .salvage(true)
                .build();
        TestCache cache = new TestCache(damaged, new SimulatedBacking(image.deviceBytes()), salvage, 1);
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        cache.writeFua(0, new byte[4096]);
        cache.close();
        assertThat(walk(damaged)).isIn(End.TERMINATED, End.UNFINISHED);
    }

    // ---- LAST key-sets

    private long findLast() throws Exception {
        load("wrapped");
        for (int i = 0; i < places.size(); i++) {
            if (good.getLong(places.get(i) + KeySetLayout.FLAGS) == KeySetLayout.FLAG_LAST) {
                return places.get(i);
            }
        }
        throw new AssertionError("no LAST key-set");
    }

    @Test
    void anyDamageToALastKeySetIsCorruptionAsLongAsTheLogItLedToIsThere() throws Exception {
        long at = findLast();
        int segments = DeviceLayout.segmentsIn(good.size());
        List<SimulatedMemory> damaged = new ArrayList<>();
        damaged.add(withInt(at + KeySetLayout.CRC, 1));
        damaged.add(withInt(at + KeySetLayout.NEXT_SEGMENT, segments - 1));
        damaged.add(withInt(at + KeySetLayout.NEXT_SEGMENT, segments));
        damaged.add(withInt(at + KeySetLayout.NEXT_SEGMENT, -1));
        damaged.add(withLong(at + KeySetLayout.MAGIC, 0));
        damaged.add(withLong(at + KeySetLayout.FLAGS, 0));
        damaged.add(withLong(at + KeySetLayout.FLAGS, 4));
        ByteBuffer noise = ByteBuffer.allocate(KeySetLayout.HEADER_BYTES);
        new Random(1).nextBytes(noise.array());
        damaged.add(with(at, noise));
        for (int i = 0; i < damaged.size(); i++) {
            assertThat(walk(damaged.get(i))).as("damage %d", i).isEqualTo(End.DAMAGED);
        }
    }

    @Test
    void aTornLastKeySetThatLedToNothingYetIsTorn() throws Exception {
        long at = findLast();
        int next = good.getInt(at + KeySetLayout.NEXT_SEGMENT);
        SimulatedMemory cut = good.reopened();
        cut.preload(DeviceLayout.segmentData(next), ByteBuffer.allocate(KeySetLayout.HEADER_BYTES));
        good = cut;
        for (int missing : new int[] {KeySetLayout.MAGIC, KeySetLayout.FLAGS}) {
            assertThat(walk(withLong(at + missing, 0))).isEqualTo(End.TORN);
        }
        assertThat(walk(withLong(at, 0))).isEqualTo(End.UNFINISHED);
    }

    @Test
    void aLogForgedToLeadBackIntoItselfIsNamed() throws Exception {
        load("dirty-crc");
        ByteBuffer last = ByteBuffer.allocate(KeySetLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        last.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE).putLong(KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
        last.putInt(KeySetLayout.CRC, new io.pcache.media.Checksum().of(last, KeySetLayout.CHECKSUMMED, 20));
        SimulatedMemory forged = with(DeviceLayout.segmentData(Position.segment(end)) + Position.offset(end), last);
        assertThatThrownBy(() -> walk(forged))
                .isInstanceOf(LogCorruptException.class)
                .hasMessageContaining("leads back into segment 0");
    }

    // ---- key-sets of an earlier time

    /** Fills the log's segment behind the log's end with good key-sets; their only key is stale, or not. */
    private void plantEarlierUse(boolean stale) {
        ByteBuffer keySet = bytes(
                OldLife.device(io.pcache.memory.CacheMemory.Kind.DAX),
                DeviceLayout.segmentData(7) + KeySetLayout.HEADER_BYTES,
                KeySetLayout.bytes(1));
        assertThat(keySet.getLong(KeySetLayout.MAGIC)).isEqualTo(KeySetLayout.MAGIC_VALUE);
        SimulatedMemory planted = good.reopened();
        long from = DeviceLayout.segmentData(Position.segment(end)) + Position.offset(end) + KeySetLayout.HEADER_BYTES;
        for (int i = 0; i < 200; i++) {
            planted.preload(from + (long) i * keySet.capacity(), keySet);
        }
        if (stale) {
            var generation = RecordKind.GENERATION.in(planted, GARDEN_SEGMENT);
            generation.load();
            generation.setLong(GenerationLayout.GENERATION, 5).store();
        }
        good = planted.reopened();
    }

    @Test
    void keySetsOfAnEarlierUseBehindTheEndProveNothing() throws Exception {
        load("dirty-crc");
        int full = places.size();
        long at = places.get(full - 1);
        int length = lengths.get(full - 1);
        plantEarlierUse(true);
        assertThat(walk(good)).isEqualTo(End.TERMINATED);
        for (int arrived = 8; arrived < length - 8; arrived += 8) {
            assertThat(walk(with(at + arrived, ByteBuffer.allocate(length - 8 - arrived))))
                    .as("%d bytes", arrived)
                    .isNotEqualTo(End.DAMAGED);
            assertThat(places).hasSizeLessThanOrEqualTo(full);
        }
    }

    @Test
    void keySetsBehindDamageOfWhichNothingShowsThatTheyAreOldAreMoreOfTheLog() throws Exception {
        load("dirty-crc");
        int full = places.size();
        long at = places.get(full - 1);
        plantEarlierUse(false);
        assertThat(walk(good))
                .as("a terminator is the end, whatever stands behind it")
                .isEqualTo(End.TERMINATED);
        assertThat(walk(withInt(at + KeySetLayout.CRC, 1))).isEqualTo(End.DAMAGED);
    }
}
