package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.request.Request;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A key-set is damaged: in front of the dirty tail, where all is on the backing device, or behind the dirty tail, where
 * data is only in the cache.
 */
class DamagedLogTest {
    private static final int BLOCK = 4096;
    private static final int BYTES = KeySetLayout.bytes(1);

    private enum Damage {
        CHECKSUM,
        FIRST_WORD_ZERO,
        HEADER_ZERO,
        NOISE,
        UNREADABLE;

        void inflict(SimulatedMemory memory, long at) {
            switch (this) {
                case CHECKSUM -> memory.preload(at, ByteBuffer.allocate(4).putInt(0, 77));
                case FIRST_WORD_ZERO -> memory.preload(at, ByteBuffer.allocate(8));
                case HEADER_ZERO -> memory.preload(at, ByteBuffer.allocate(KeySetLayout.HEADER_BYTES));
                case NOISE -> {
                    byte[] noise = new byte[BYTES];
                    new Random(4).nextBytes(noise);
                    memory.preload(at, ByteBuffer.wrap(noise));
                }
                case UNREADABLE -> memory.poison(at, KeySetLayout.HEADER_BYTES);
            }
        }
    }

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final List<String> events = new ArrayList<>();
    private SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private TestCache open(boolean salvage) throws PCacheException {
        events.clear();
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .salvage(salvage)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        return new TestCache(memory, backing, config, 2);
    }

    /**
     * Writes one key-set for each block: the first three key-sets are written back, the others are not. Queue 1 has
     * data in front of the dirty tail only.
     */
    private void write(int dirty) throws Exception {
        TestCache cache = open(false);
        cache.writeFua(0, block(1));
        cache.await(cache.submit(1, Request.Op.WRITE, 0, BLOCK, true, block(2)));
        cache.writeFua(BLOCK, block(3));
        cache.settle();
        assertThat(cache.parts().tails().dirtyTail()).isEqualTo(Position.of(0, 3 * BYTES));
        for (int i = 0; i < dirty; i++) {
            cache.await(cache.submit(0, Request.Op.WRITE, (2 + i) * BLOCK, BLOCK, false, block(4 + i)));
            cache.parts().committer().flush();
        }
        memory = memory.reopened();
    }

    private static long place(int keySet) {
        return DeviceLayout.segmentData(0) + (long) keySet * BYTES;
    }

    private String refusal(boolean salvage) {
        PCacheException refusal = catchThrowableOfType(PCacheException.class, () -> open(salvage));
        assertThat(refusal).isNotNull();
        assertThat(memory.crashStates().undecidedUnits())
                .as("nothing was written")
                .isZero();
        assertThat(refusal.reasons().get(0)).doesNotContain("\n");
        return refusal.reasons().get(0);
    }

    private long tail(RecordKind kind, int copy) {
        DuplicatedRecord record = kind.in(memory);
        assertThat(record.loadCopy(copy)).isEqualTo(DuplicatedRecord.CopyState.VALID);
        return Position.of(record.getInt(PositionLayout.SEGMENT), record.getInt(PositionLayout.OFFSET));
    }

    @ParameterizedTest
    @EnumSource
    void inFrontOfTheDirtyTailIsRefusedSayingThatNoDirtyDataIsAtStake(Damage damage) throws Exception {
        write(2);
        damage.inflict(memory, place(1));
        assertThat(refusal(false))
                .contains("byte " + place(1) + " of the cache device")
                .contains("in front of the dirty tail 0:" + 3 * BYTES)
                .contains("no dirty data is at stake")
                .contains("create --salvage");
    }

    @ParameterizedTest
    @EnumSource
    void theLastKeySetInFrontOfTheDirtyTailIsNeverTakenForATornWrite(Damage damage) throws Exception {
        write(0);
        damage.inflict(memory, place(2));
        assertThat(refusal(false))
                .contains("byte " + place(2) + " of the cache device")
                .contains("no dirty data is at stake");
    }

    @ParameterizedTest
    @EnumSource
    void inFrontOfTheDirtyTailIsSalvagedWithoutLosingAnything(Damage damage) throws Exception {
        write(2);
        damage.inflict(memory, place(1));
        TestCache cache = open(true);
        assertThat(events)
                .hasSize(1)
                .allMatch(event -> event.startsWith("LOG_DAMAGED salvage: ")
                        && event.contains("byte " + place(1))
                        && event.contains("no dirty data is at stake"));
        assertThat(cache.cache().replaySummary())
                .contains("what is cached in front of the dirty tail 0:" + 3 * BYTES + " was dropped");
        assertThat(cache.parts().segments().generation(2))
                .as("its only key is in front of the dirty tail")
                .isEqualTo(1);
        for (int i = 0; i < 4; i++) {
            assertThat(cache.read(i * BLOCK, BLOCK)).isEqualTo(block(2 + i));
        }
        cache.writeFua(0, block(7));
        cache.abandon();
        memory = memory.reopened();
        assertThat(tail(RecordKind.KEY_TAIL, 0)).isEqualTo(Position.of(0, 3 * BYTES));
        assertThat(tail(RecordKind.KEY_TAIL, 1)).isEqualTo(Position.of(0, 3 * BYTES));
        TestCache again = open(false);
        assertThat(again.read(0, BLOCK)).isEqualTo(block(7));
        again.settle();
        assertThat(again.cache().isClean()).isTrue();
        assertThat(Arrays.copyOf(backing.content(), BLOCK)).isEqualTo(block(7));
        assertThat(Arrays.copyOfRange(backing.content(), 3 * BLOCK, 4 * BLOCK)).isEqualTo(block(5));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HEADER_ZERO", "FIRST_WORD_ZERO"})
    void behindTheDirtyTailIsRefusedSayingThatDirtyDataIsAtStake(Damage damage) throws Exception {
        write(4);
        damage.inflict(memory, place(4));
        String refusal = refusal(false);
        assertThat(refusal)
                .contains("byte " + place(4) + " of the cache device")
                .contains("; dirty data is at stake");
        if (damage == Damage.UNREADABLE) {
            assertThat(refusal).doesNotContain("create --salvage");
            refusal(true);
            return;
        }
        assertThat(refusal).contains("create --salvage");
        TestCache cache = open(true);
        assertThat(events).hasSize(1).allMatch(event -> event.contains("given up"));
        assertThat(cache.read(2 * BLOCK, BLOCK)).isEqualTo(block(4));
        assertThat(cache.read(3 * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
    }
}
