package io.pcache.crash;

import io.pcache.backing.BackingDevice;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Mistakes that an engine could make in what it stores and waits for, brought in from outside: by a memory or a backing
 * device that leaves it out.
 */
enum PlantedBug {
    DATA_NOT_WRITTEN_BACK(
            "the data that keys name is stored, but its cache lines are not written back", Workload.MIXED, Kind.DAX) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                @Override
                public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                    if (isData(offset, length)) {
                        storeOnly(offset, source, sourceIndex, length);
                    } else {
                        super.copyIn(offset, source, sourceIndex, length);
                    }
                }
            };
        }
    },
    NO_FENCE_BEFORE_APPEND("a key is appended before its data has arrived", Workload.FULL_KEY_SETS, Kind.DAX) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private boolean afterData;

                @Override
                public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                    super.copyIn(offset, source, sourceIndex, length);
                    afterData = isData(offset, length);
                }

                @Override
                public void drain() {
                    if (!afterData) {
                        super.drain();
                    }
                    afterData = false;
                }
            };
        }
    },
    KEY_SET_VALID_BEFORE_ITS_BODY(
            "the first word of a key-set is stored without waiting for the rest of it, and for data",
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private boolean bodyStored;

                @Override
                public void zero(long offset, int length) {
                    super.zero(offset, length);
                    bodyStored |= length == KeySetLayout.HEADER_BYTES;
                }

                @Override
                public void putLong(long offset, long value) {
                    super.putLong(offset, value);
                    bodyStored &= value == 0 || value == KeySetLayout.MAGIC_VALUE || value == KeySetLayout.FLAG_LAST;
                }

                @Override
                public void drain() {
                    if (!bodyStored) {
                        super.drain();
                    }
                }

                @Override
                public void sync() {
                    if (!bodyStored) {
                        super.sync();
                    }
                }
            };
        }
    },
    ACKNOWLEDGED_BEFORE_DURABLE(
            "a flush ends before the first words of its key-sets are durable",
            Workload.FLUSHES,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private boolean wordStored;

                @Override
                public void putLong(long offset, long value) {
                    super.putLong(offset, value);
                    wordStored = value != 0
                            && value != KeySetLayout.MAGIC_VALUE
                            && value != KeySetLayout.FLAG_LAST
                            && offset > DeviceLayout.SEGMENTS;
                }

                @Override
                public void drain() {
                    if (!wordStored) {
                        super.drain();
                    }
                }

                @Override
                public void sync() {
                    if (!wordStored) {
                        super.sync();
                    }
                    wordStored = false;
                }
            };
        }
    },
    NO_TERMINATOR(
            "what stands behind the newest key-set stays as it was", Workload.LOG_WRAP, Kind.DAX, Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                @Override
                public void zero(long offset, int length) {
                    if (length != KeySetLayout.HEADER_BYTES) {
                        super.zero(offset, length);
                    }
                }
            };
        }
    },
    GENERATION_LATE(
            "a freed segment is given out before its generation is stored",
            Workload.SEGMENT_REUSE,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private final List<Runnable> late = new ArrayList<>();
                private int syncs;

                @Override
                public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                    if (isGeneration(offset)) {
                        ByteBuffer copy = ByteBuffer.allocate(length).put(0, source, sourceIndex, length);
                        late.add(() -> super.copyIn(offset, copy, 0, length));
                    } else {
                        super.copyIn(offset, source, sourceIndex, length);
                    }
                }

                @Override
                public void sync() {
                    if (++syncs % 32 == 0) {
                        late.forEach(Runnable::run);
                        late.clear();
                    }
                    super.drain();
                    super.sync();
                }
            };
        }
    },
    GENERATION_NOT_AWAITED(
            "a freed segment is given out before its generation is durable",
            Workload.SEGMENT_REUSE,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new NotAwaited(memory) {
                @Override
                boolean isMeant(long offset) {
                    return isGeneration(offset);
                }
            };
        }
    },
    /**
     * On the page cache nothing comes of it: the sync of the generation, in front of the next use of a data segment,
     * makes the tail durable, too.
     */
    KEY_TAIL_NOT_AWAITED(
            "segments are freed before the key tail that passed them is durable", Workload.SEGMENT_REUSE, Kind.DAX) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new NotAwaited(memory) {
                @Override
                boolean isMeant(long offset) {
                    return offset >= PositionLayout.KEY_TAIL && offset < PositionLayout.DIRTY_TAIL;
                }
            };
        }
    },
    TAIL_OVER_THE_NEWEST("a tail is stored over its newest copy", Workload.MIXED, Kind.DAX) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                @Override
                public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                    boolean second = offset == PositionLayout.KEY_TAIL + PositionLayout.SPACING
                            || offset == PositionLayout.DIRTY_TAIL + PositionLayout.SPACING;
                    super.copyIn(second ? offset - PositionLayout.SPACING : offset, source, sourceIndex, length);
                }
            };
        }
    },
    SUPERBLOCK_FIRST(
            "a device that is formatted gets its superblock before the rest is durable",
            Workload.FORMAT,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private boolean magicStored = getLong(DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC) != 0;

                @Override
                public void putLong(long offset, long value) {
                    super.putLong(offset, value);
                    magicStored |= offset == DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC;
                }

                @Override
                public void drain() {
                    if (magicStored) {
                        super.drain();
                    }
                }

                @Override
                public void sync() {
                    if (magicStored) {
                        super.sync();
                    }
                }
            };
        }
    },
    FOUND_BUT_NOT_DURABLE(
            "activation takes what a killed predecessor only stored, without making it durable",
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        CacheMemory plant(CacheMemory memory) {
            return new Faulty(memory) {
                private boolean stored;

                @Override
                public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                    // Activation stores the cache info, which is in front of that.
                    stored |= offset >= DeviceLayout.SEGMENTS;
                    super.copyIn(offset, source, sourceIndex, length);
                }

                @Override
                public void zero(long offset, int length) {
                    stored = true;
                    super.zero(offset, length);
                }

                @Override
                public void writeBack(long offset, int length) {
                    if (stored) {
                        super.writeBack(offset, length);
                    }
                }

                @Override
                public void sync() {
                    if (stored) {
                        super.sync();
                    }
                }
            };
        }
    },
    BACKING_FLUSH_MISSING(
            "the dirty tail advances without a flush of the backing device",
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        BackingDevice plant(BackingDevice backing) {
            return new FaultyBacking(backing, false);
        }
    },
    DIRTY_TAIL_EARLY(
            "the dirty tail advances before the data is on the backing device",
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE) {
        @Override
        BackingDevice plant(BackingDevice backing) {
            return new FaultyBacking(backing, true);
        }
    };

    final String what;
    final Workload workload;
    final List<Kind> kinds;

    PlantedBug(String what, Workload workload, Kind... kinds) {
        this.what = what;
        this.workload = workload;
        this.kinds = List.of(kinds);
    }

    CacheMemory plant(CacheMemory memory) {
        return memory;
    }

    BackingDevice plant(BackingDevice backing) {
        return backing;
    }

    /** What the planted memories have in common. */
    private abstract static class Faulty extends WrappedMemory {
        Faulty(CacheMemory memory) {
            super(memory);
        }

        final void storeOnly(long offset, ByteBuffer source, int sourceIndex, int length) {
            ByteBuffer bytes = source.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < length; at += Long.BYTES) {
                memory.putLong(offset + at, bytes.getLong(sourceIndex + at));
            }
        }

        static long inSegment(long offset) {
            return offset < DeviceLayout.SEGMENTS
                    ? -1
                    : offset - DeviceLayout.SEGMENTS & DeviceLayout.SEGMENT_BYTES - 1;
        }

        static boolean isData(long offset, int length) {
            return inSegment(offset) >= DeviceLayout.SEGMENT_DATA
                    && (inSegment(offset) | length) % DeviceLayout.SECTOR_BYTES == 0;
        }

        static boolean isGeneration(long offset) {
            return inSegment(offset) >= DeviceLayout.SEGMENT_CONTROL && inSegment(offset) < DeviceLayout.SEGMENT_DATA;
        }
    }

    /** Some stores are neither written back nor synced. */
    private abstract static class NotAwaited extends Faulty {
        private boolean skip;

        NotAwaited(CacheMemory memory) {
            super(memory);
        }

        abstract boolean isMeant(long offset);

        @Override
        public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
            if (isMeant(offset)) {
                storeOnly(offset, source, sourceIndex, length);
                skip = true;
            } else {
                super.copyIn(offset, source, sourceIndex, length);
            }
        }

        @Override
        public void sync() {
            if (!skip) {
                super.sync();
            }
            skip = false;
        }
    }
}
