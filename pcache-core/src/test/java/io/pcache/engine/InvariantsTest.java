package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.WrappedMemory;
import io.pcache.health.CacheEvents;
import io.pcache.health.Condition;
import io.pcache.invariant.Invariant;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A cache whose state is made wrong stops under the invariant's name, stores nothing more, and loses nothing. */
class InvariantsTest {
    private static final int BLOCK = 4096;
    private static final int SEGMENTS = 32;

    /** A memory that counts stores. */
    private static final class CountingMemory extends WrappedMemory {
        long stores;

        CountingMemory() {
            super(new SimulatedMemory(
                    CacheMemory.Kind.DAX, DeviceLayout.SEGMENTS + SEGMENTS * (long) DeviceLayout.SEGMENT_BYTES));
        }

        @Override
        public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
            stores++;
            super.copyIn(offset, source, sourceIndex, length);
        }

        @Override
        public void putLong(long offset, long value) {
            stores++;
            super.putLong(offset, value);
        }

        @Override
        public void zero(long offset, int length) {
            stores++;
            super.zero(offset, length);
        }
    }

    @TempDir
    Path directory;

    private Path carryOver;
    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final CountingMemory memory = new CountingMemory();
    private final List<String> events = new ArrayList<>();
    private TestCache cache;
    private SegmentTable segments;
    private byte[] data;

    @BeforeEach
    void open() throws Exception {
        carryOver = directory.resolve("carry-over");
        activate();
        data = new byte[BLOCK];
        data[0] = 7;
        cache.write(0, data);
        cache.flush();
    }

    private void activate() throws Exception {
        cache = new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes())
                        .carryOver(carryOver)
                        .events((kind, text) -> events.add(kind + " " + text))
                        .build(),
                2);
        segments = cache.parts().segments();
    }

    /** Mistakes of the engine, each made in the state of a cache that has one block of dirty data in segment 1. */
    private enum Mistake {
        A_SEGMENT_LOSES_A_REFERENCE_THAT_A_KEY_NEEDS(Invariant.REFERENCES_COVER_KEYS) {
            @Override
            void make(TestCache cache) {
                closeQueueHead(cache);
                cache.parts().segments().release(1);
            }
        },
        A_KEY_IS_COUNTED_TWICE(Invariant.REFERENCES_COVER_KEYS) {
            @Override
            void make(TestCache cache) {
                closeQueueHead(cache);
                cache.parts().segments().keyAdded(1);
                cache.settle();
                cache.cache().setGcPercent(0);
                cache.settle();
            }
        },
        A_SEGMENT_OF_THE_LOG_IS_FREED_TWICE(Invariant.REFERENCES_COVER_KEYS) {
            @Override
            void make(TestCache cache) {
                SegmentTable segments = cache.parts().segments();
                segments.releaseKeySegment(0);
                segments.releaseKeySegment(0);
            }
        },
        A_DATA_SEGMENT_IS_FREED_AS_ONE_OF_THE_LOG(Invariant.SEGMENTS_ADD_UP) {
            @Override
            void make(TestCache cache) {
                SegmentTable segments = cache.parts().segments();
                segments.releaseKeySegment(segments.allocate(0));
            }
        },
        A_SEGMENT_OF_THE_LOG_IS_FREED_AS_DATA(Invariant.SEGMENTS_ADD_UP) {
            @Override
            void make(TestCache cache) {
                cache.parts().segments().release(0);
            }
        },
        A_FREE_SEGMENT_IS_REFERRED_TO(Invariant.SEGMENTS_ADD_UP) {
            @Override
            void make(TestCache cache) {
                SegmentTable segments = cache.parts().segments();
                segments.acquire(2);
                assertThat(segments.allocate(0)).isEqualTo(SegmentTable.NONE);
            }
        },
        THE_DIRTY_TAIL_PASSES_THE_HEAD(Invariant.LOG_IN_ORDER) {
            @Override
            void make(TestCache cache) {
                long beyond = cache.parts().log().committedHead() + 64;
                assertThatThrownBy(() -> cache.parts().tails().advanceDirtyTail(beyond))
                        .isInstanceOf(CacheMemoryException.class);
            }
        },
        THE_KEY_TAIL_PASSES_THE_DIRTY_TAIL(Invariant.LOG_IN_ORDER) {
            @Override
            void make(TestCache cache) {
                long beyond = cache.parts().log().committedHead();
                assertThatThrownBy(() -> cache.parts().tails().advanceKeyTail(beyond))
                        .isInstanceOf(CacheMemoryException.class);
            }
        },
        A_TAIL_GOES_BACK(Invariant.LOG_IN_ORDER) {
            @Override
            void make(TestCache cache) {
                cache.settle();
                assertThatThrownBy(() -> cache.parts().tails().advanceDirtyTail(0))
                        .isInstanceOf(CacheMemoryException.class);
            }
        },
        A_TAIL_LEAVES_THE_LOG(Invariant.LOG_IN_ORDER) {
            @Override
            void make(TestCache cache) {
                assertThatThrownBy(() -> cache.parts().tails().advanceDirtyTail(Position.of(1, 0)))
                        .isInstanceOf(CacheMemoryException.class);
            }
        },
        THE_LOG_GOES_ON_IN_A_SEGMENT_THAT_IS_FREE(Invariant.LOG_IN_ORDER) {
            @Override
            void make(TestCache cache) {
                cache.parts().segments().releaseKeySegment(0);
                assertThat(cache.await(cache.submit(0, Request.Op.WRITE, BLOCK, BLOCK, true, new byte[BLOCK])))
                        .isEqualTo(-Errno.EIO);
            }
        };

        private final Invariant invariant;

        Mistake(Invariant invariant) {
            this.invariant = invariant;
        }

        abstract void make(TestCache cache);

        /** Has the queue that has written let go of the rest of its segment. */
        private static void closeQueueHead(TestCache cache) {
            cache.parts().doorbells().queues().spaceWanted();
            cache.pollQueues();
            cache.parts().doorbells().queues().spaceFound();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBrokenOneStopsTheDeviceUnderItsName(Mistake mistake) {
        mistake.make(cache);

        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.INVARIANT_BROKEN);
        assertThat(cache.cache().problems().get(Condition.INVARIANT_BROKEN)).contains(mistake.invariant.code());
        assertThat(events)
                .filteredOn(event -> event.startsWith(CacheEvents.Kind.INVARIANT_BROKEN.name()))
                .singleElement()
                .asString()
                .contains(mistake.invariant.code());
        assertThat(cache.cache().stats().get(CacheCounter.CACHE_ERRORS))
                .as("the device is not to blame")
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aStoppedDeviceFailsEveryRequestAndStoresNothing(Mistake mistake) {
        mistake.make(cache);
        long stores = memory.stores;
        long written = backing.writes();

        for (Request.Op op : new Request.Op[] {Request.Op.READ, Request.Op.WRITE, Request.Op.WRITE_ZEROES}) {
            assertThat(cache.await(cache.submit(1, op, 0, BLOCK, false, data)))
                    .as("%s", op)
                    .isEqualTo(-Errno.EIO);
        }
        assertThat(cache.await(cache.submit(1, Request.Op.FLUSH, 0, 0, false, null)))
                .isEqualTo(-Errno.EIO);
        while (cache.step()) {
            continue;
        }
        assertThat(memory.stores).isEqualTo(stores);
        assertThat(backing.writes()).isEqualTo(written);
    }

    @Test
    void aSuccessorFindsAllThatWasAcknowledged() throws Exception {
        byte[] unflushed = new byte[BLOCK];
        unflushed[0] = 9;
        cache.write(BLOCK, unflushed);
        Mistake.THE_DIRTY_TAIL_PASSES_THE_HEAD.make(cache);
        assertThatThrownBy(cache::close).hasMessageContaining(Invariant.LOG_IN_ORDER.code());
        assertThat(carryOver).as("keys that are not durable wait there").exists();

        activate();

        assertThat(cache.cache().problems()).isEmpty();
        assertThat(cache.read(0, BLOCK)).isEqualTo(data);
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(unflushed);
        cache.close();
    }

    @Test
    void requestsThatWaitEndWithAnError() {
        while (segments.allocate(0) != SegmentTable.NONE) {
            continue;
        }
        List<TestCache.TestRequest> requests = new ArrayList<>();
        while (requests.isEmpty() || requests.get(requests.size() - 1).ended) {
            requests.add(cache.submit(0, Request.Op.WRITE, 0, 1 << 20, false, new byte[1 << 20]));
        }
        Mistake.THE_DIRTY_TAIL_PASSES_THE_HEAD.make(cache);
        assertThat(cache.isWoken()).isTrue();
        cache.pollQueues();
        assertThat(requests.get(requests.size() - 1).result).isEqualTo(-Errno.EIO);
    }

    @Test
    void aReferenceThatIsLeftAtCloseIsTold() throws Exception {
        segments.acquire(1);
        assertThatThrownBy(cache::close)
                .hasMessageContaining(Invariant.NOTHING_IN_FLIGHT.code())
                .hasMessageContaining("segment 1");
        assertThat(carryOver).as("all was made durable before").doesNotExist();
    }

    @Test
    void otherDevicesGoOnAndTheProcessToo() throws Exception {
        List<Throwable> failures = new ArrayList<>();
        PCache other = PCache.open(
                        new CountingMemory(),
                        new SimulatedBacking(16 << 20),
                        PCacheConfig.builder(16 << 20).build())
                .start(failures::add);
        PCache broken = PCache.open(
                        new CountingMemory(),
                        new SimulatedBacking(16 << 20),
                        PCacheConfig.builder(16 << 20).build())
                .start(failures::add);

        TestCache.parts(broken).segments().release(0);
        broken.retryWriteBack();

        assertThat(broken.problems()).containsOnlyKeys(Condition.INVARIANT_BROKEN);
        assertThat(other.problems()).isEmpty();
        other.close();
        assertThatThrownBy(broken::close).hasMessageContaining(Invariant.SEGMENTS_ADD_UP.code());
        assertThat(failures).isEmpty();
    }
}
