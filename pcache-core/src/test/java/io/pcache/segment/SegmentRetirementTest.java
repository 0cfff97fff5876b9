package io.pcache.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.crash.WrappedMemory;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.metadata.RecordKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Segments without a reference are freed together, and nobody but the collector waits for the device. */
class SegmentRetirementTest {
    private static final int SEGMENTS = 32;
    /** The limit for calls that must not wait, and would otherwise wait for ever. */
    private static final int SECONDS = 30;

    private final SimulatedMemory device = new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, (512L << 20) + 20480);
    private final List<Integer> setAside = new ArrayList<>();
    private int syncs;
    private long unwritable = Long.MIN_VALUE;
    private Runnable inSync = () -> {};
    private final CacheMemory memory = new WrappedMemory(device) {
        @Override
        public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
            if (offset >= unwritable && offset < unwritable + DeviceLayout.SEGMENT_BYTES) {
                throw new CacheMemoryException("no store today", null);
            }
            super.copyIn(offset, source, sourceIndex, length);
        }

        @Override
        public void sync() {
            syncs++;
            inSync.run();
            super.sync();
        }
    };
    private final SegmentTable segments =
            new SegmentTable(memory, IntStream.range(0, SEGMENTS).toArray(), null);
    private int retirements;

    @BeforeEach
    void open() {
        segments.open(new SegmentTable.Listener() {
            @Override
            public void setAside(int segment, CacheMemoryException cause) {
                setAside.add(segment);
            }

            @Override
            public void retired() {
                retirements++;
            }
        });
    }

    private long durableGeneration(int segment) {
        long place = RecordKind.GENERATION.place(segment);
        assertThat(device.isDurable(place, DeviceLayout.COPIES * GenerationLayout.SPACING))
                .isTrue();
        return new SegmentTable(device, IntStream.range(0, SEGMENTS).toArray(), null).generation(segment);
    }

    @Test
    void whoDropsTheLastReferenceDoesNotWaitForTheDevice() {
        int segment = segments.allocate(0);
        int before = segments.freeCount();
        segments.release(segment);
        assertThat(syncs).isZero();
        assertThat(retirements).isEqualTo(1);
        assertThat(segments.freeCount())
                .as("not before its generation is durable")
                .isEqualTo(before);
    }

    @Test
    void whatWasRetiredIsFreedTogether() {
        int[] taken = IntStream.range(0, 10).map(i -> segments.allocate(0)).toArray();
        for (int segment : taken) {
            segments.release(segment);
        }
        assertThat(segments.freeRetired()).isEqualTo(10);
        assertThat(syncs).isEqualTo(1);
        assertThat(segments.freeCount()).isEqualTo(SEGMENTS);
        for (int segment : taken) {
            assertThat(durableGeneration(segment))
                    .isEqualTo(segments.generation(segment))
                    .isEqualTo(1);
        }
        assertThat(segments.freeRetired()).isZero();
        assertThat(syncs).as("nothing to make durable").isEqualTo(1);
    }

    @Test
    void othersTakeAndDropSegmentsWhileGenerationsAreMadeDurable() throws Exception {
        int held = segments.allocate(0);
        segments.release(segments.allocate(0));
        CountDownLatch syncing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        inSync = () -> {
            syncing.countDown();
            await(goOn);
        };
        CompletableFuture<Integer> collector = CompletableFuture.supplyAsync(segments::freeRetired);
        try {
            await(syncing);
            CompletableFuture<Integer> writer = CompletableFuture.supplyAsync(() -> {
                segments.release(held);
                return segments.allocate(0);
            });
            assertThat(writer.get(SECONDS, TimeUnit.SECONDS)).isNotEqualTo(SegmentTable.NONE);
        } finally {
            goOn.countDown();
        }
        assertThat(collector.get(SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(segments.freeRetired()).as("retired in the meantime").isEqualTo(1);
    }

    @Test
    void aSegmentWhoseGenerationIsNotDurableIsNotGivenOutAgain() {
        segments.release(segments.allocate(0));
        segments.release(segments.allocate(0));
        inSync = () -> {
            throw new CacheMemoryException("no sync today", null);
        };
        assertThat(segments.freeRetired()).isEqualTo(2);
        assertThat(setAside).containsExactly(0, 1);
        assertThat(segments.freeCount()).isEqualTo(SEGMENTS - 2);
    }

    @Test
    void aSegmentWhoseRecordCannotBeStoredDoesNotHoldUpTheOthers() {
        int bad = segments.allocate(0);
        int good = segments.allocate(0);
        unwritable = DeviceLayout.segment(bad);
        segments.release(bad);
        segments.release(good);
        assertThat(segments.freeRetired()).isEqualTo(2);
        assertThat(setAside).containsExactly(bad);
        assertThat(segments.freeCount()).isEqualTo(SEGMENTS - 1);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
