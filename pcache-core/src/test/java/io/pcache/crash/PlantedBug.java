package io.pcache.crash;

import io.pcache.backing.BackingDevice;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.route.CacheMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Mistakes that an engine could make. Some are in what the engine stores and waits for: a memory or a backing device
 * around the engine leaves something out. Others are in how threads wake each other and keep out of each other's way:
 * these are put into the engine's source.
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
     * On the page cache this mistake has no effect: the sync of the generation, before the next use of a data segment,
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
                    // Only stores in segments count: activation stores the cache info, which lies in front of the
                    // segments.
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
    },
    DATA_NOT_SYNCED(
            "a lone key-set is written before its data is durable",
            Mistake.in("log/KeySetWriter.java", "if (!dataIsDurable) { memory.sync(); }", ""),
            Workload.FLUSHES,
            Kind.PAGE_CACHE),
    KEY_SET_ACROSS_SECTORS(
            "a lone key-set that lies in two sectors is written in one step",
            Mistake.in(
                    "log/KeySetWriter.java",
                    "&& at >>> DeviceLayout.SECTOR_SHIFT == end >>> DeviceLayout.SECTOR_SHIFT;",
                    "&& end - at < DeviceLayout.SECTOR_BYTES;"),
            Workload.FLUSHES,
            Kind.PAGE_CACHE),
    STALE_BLOCK_WRITTEN(
            "a block of the log is written durably with bytes from before other key-sets were stored in the block",
            Mistake.in("log/KeySetWriter.java", "blockAt = NO_BLOCK; countedEnd = 0;", "countedEnd = 0;"),
            Workload.FLUSHES,
            Kind.PAGE_CACHE),
    DURABLE_BLOCK_UNTERMINATED(
            "a lone key-set is written durably without a terminator",
            Mistake.in("log/KeySetWriter.java", "i < index + length + zeros; i++", "i < index + length; i++"),
            Workload.FULL_CACHE,
            Kind.PAGE_CACHE),
    ACCEPTED_BEFORE_STORED(
            "a write to a disk is answered when its transfer begins",
            Mistake.in("cacheleg/DeviceLeg.java", "device.submit(batch);", "device.submit(batch); stored(batch);")
                    .and("placement.stored(); stored(batch);", "placement.stored();"),
            Workload.MIXED,
            Kind.PAGE_CACHE),
    LOADED_WITHOUT_REFERENCE(
            "a read of a disk lets go of a segment when its transfer begins",
            Mistake.in(
                            "cacheleg/DeviceLeg.java",
                            "steering.loadBegun(request);",
                            "steering.loadBegun(request); segments.release(Extent.segment(extents[i]));")
                    .and("segments.release(Extent.segment(load.extent));", ""),
            Workload.FILLS,
            Kind.PAGE_CACHE),
    DISCARDED_AFTER_REUSE(
            "a freed segment can be given out while the disk discards it",
            Mistake.in(
                            "segment/SegmentTable.java",
                            "beingDiscarded = segment;",
                            "free.add(segment); free.moveToFront(free.count() - 1);")
                    .and("if (segment != beingDiscarded) {", "if (false) {")
                    .and("beingDiscarded = NONE; free.add(segment);", ""),
            Workload.SEGMENT_REUSE,
            Kind.PAGE_CACHE),
    NO_WAKE_AFTER_COMMIT(
            "a commit wakes nobody who waits for it",
            Mistake.in("wake/Doorbells.java", "public void committed() { queues.wake();", "public void committed() {"),
            Workload.FLUSHES,
            Kind.PAGE_CACHE),
    WOKEN_TOO_EARLY(
            "who waits for a commit is woken in front of it",
            Mistake.in(
                            "persist/Committer.java",
                            "try { log.commit(); } catch",
                            "doorbells.committed(); try { log.commit(); } catch")
                    .and("} doorbells.committed(); return true;", "} return true;"),
            Workload.FLUSHES,
            Kind.PAGE_CACHE),
    NO_WAKE_FOR_SPACE(
            "who frees a segment wakes nobody who waits for one",
            Mistake.in("wake/Doorbells.java", "public void spaceMade() { queues.wake();", "public void spaceMade() {"),
            Workload.FULL_CACHE,
            Kind.PAGE_CACHE),
    COMMIT_TIMER_NOT_STARTED(
            "the first key of a key-set does not start the second after which it is committed",
            Mistake.in(
                    "wake/Doorbells.java",
                    "if (!commitTimerArmed || queues.isSpaceWanted())",
                    "if (queues.isSpaceWanted())"),
            Workload.MIXED,
            Kind.DAX),
    COLLECTOR_NOT_TOLD(
            "write-back does not tell the collector that the dirty tail has advanced",
            Mistake.in(
                    "wake/Doorbells.java",
                    "public void dirtyTailAdvanced() { gc.raise();",
                    "public void dirtyTailAdvanced() {"),
            Workload.LOG_WRAP,
            Kind.DAX),
    FILL_NOT_CANCELLED(
            "a fill is cached although a write of another queue came meanwhile",
            Mistake.in("cacheleg/CacheLeg.java", "flights.cancelFills(subtree, piece.offset, piece.length);", ""),
            Workload.FILLS,
            Kind.DAX,
            Kind.PAGE_CACHE),
    REFERENCE_DROPPED_EARLY(
            "a read lets go of a segment before it has loaded from there",
            Mistake.in(
                            "cacheleg/MemoryLeg.java",
                            "private void load(Request request, int subtree, long extent) {"
                                    + " int segment = Extent.segment(extent);",
                            "private void load(Request request, int subtree, long extent) {"
                                    + " int segment = Extent.segment(extent); segments.release(segment);")
                    .and("} finally { segments.release(segment); }", "} finally { }"),
            Workload.FILLS,
            Kind.DAX),
    KEY_NOT_AWAITED(
            "a write goes through to the backing device before its key is durable",
            Mistake.in(
                    "queue/Throughs.java",
                    "while (!committing.isEmpty() && committer.isCommitted(committing.first.keyTarget))",
                    "while (!committing.isEmpty())"),
            CacheMode.WRITETHROUGH,
            Workload.MIXED,
            Kind.PAGE_CACHE),
    CLEAN_TOO_EARLY(
            "a range is clean in the cache before the backing device has it",
            Mistake.in(
                    "backingleg/BackingLeg.java",
                    "backing.submit(write.write());",
                    "synchronized (index.lock(write.subtree)) {"
                            + " for (int i = 0; i < write.pieceCount; i++) {"
                            + " index.markClean(write.subtree, write.pieces[i]); } }"
                            + " backing.submit(write.write());"),
            CacheMode.WRITETHROUGH,
            Workload.BACKING_FAULTS,
            Kind.DAX),
    OVERLAPS_NOT_SERIALISED(
            "two writes to one range are under way to the backing device together",
            Mistake.in("backingleg/BackingLeg.java", "Flights.BACKING_WRITE | Flights.WRITE_BACK)) {", "0)) {"),
            CacheMode.WRITETHROUGH,
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE),
    WRITE_TO_COME_PASSED(
            "write-back passes a key whose data a queue is about to write through",
            Mistake.in("writeback/WriteBack.java", "Flights.INTENT | Flights.BACKING_WRITE)", "0)"),
            CacheMode.WRITETHROUGH,
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE),
    REPLACED_KEY_PASSED(
            "the dirty tail passes a key that was replaced by one that is not committed",
            Mistake.in(
                    "writeback/WriteBack.java",
                    "commitAwaited = replaced && !log.isCommitted(replacedBy);",
                    "commitAwaited = false;"),
            CacheMode.WRITETHROUGH,
            Workload.FAILING_SYNC,
            Kind.PAGE_CACHE),
    TAIL_PASSES_UNFLUSHED(
            "the dirty tail passes what was written through without a flush of the backing device",
            Mistake.in(
                    "writeback/BackingWriter.java",
                    "if ((unflushed || !flushes.isFlushed(writtenByQueues))",
                    "if (unflushed"),
            CacheMode.WRITETHROUGH,
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE),
    FLUSH_OF_THE_LOG_ALONE(
            "a flush does not reach the backing device that was written through to",
            Mistake.in(
                    "route/Router.java",
                    "case FLUSH -> (facts & VOLATILE) != 0 ? Route.BOTH : Route.CACHE;",
                    "case FLUSH -> Route.CACHE;"),
            CacheMode.WRITETHROUGH,
            Workload.FLUSHES,
            Kind.DAX,
            Kind.PAGE_CACHE),
    FAILED_FLUSH_FORGOTTEN(
            "what was written through before a flush that failed is taken to be on the backing device",
            Mistake.in("writeback/WriteBack.java", "distrusting = true;", ""),
            CacheMode.WRITETHROUGH,
            Workload.BACKING_FAULTS,
            Kind.DAX,
            Kind.PAGE_CACHE),
    LOST_WRITES_FLUSHED(
            "a flush ends well although one before it has failed, and lost what had been written through",
            Mistake.in("flight/BackingFlushes.java", "return lastLoss > mended;", "return false;"),
            CacheMode.WRITETHROUGH,
            Workload.BACKING_FAULTS,
            Kind.DAX,
            Kind.PAGE_CACHE),
    BACKLOG_IN_THE_LOGS_ORDER(
            "after a crash older copies are written over what was written through and flushed",
            Mistake.in(
                    "recovery/Activation.java",
                    "if (!blank && !foreseeing && backing != null && identity.isWrittenThrough())",
                    "if (false)"),
            CacheMode.WRITETHROUGH,
            Workload.FLUSHES,
            Kind.DAX,
            Kind.PAGE_CACHE),
    FLIGHT_NOT_AWAITED(
            "the end of a write to the backing device wakes nobody who waits for its range",
            Mistake.in(
                    "wake/Doorbells.java",
                    "public void flightEnded() { queues.wakeAll(); writeBack.raise();",
                    "public void flightEnded() { writeBack.raise();"),
            CacheMode.WRITETHROUGH,
            Workload.MIXED,
            Kind.DAX,
            Kind.PAGE_CACHE);

    final String what;
    /** The mistake that is put into the source; null where the devices alone leave something out. */
    final Mistake mistake;

    final CacheMode mode;
    final Workload workload;
    final List<Kind> kinds;

    PlantedBug(String what, Workload workload, Kind... kinds) {
        this(what, null, workload, kinds);
    }

    PlantedBug(String what, Mistake mistake, Workload workload, Kind... kinds) {
        this(what, mistake, CacheMode.WRITEBACK, workload, kinds);
    }

    PlantedBug(String what, Mistake mistake, CacheMode mode, Workload workload, Kind... kinds) {
        this.what = what;
        this.mistake = mistake;
        this.mode = mode;
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

    /** A memory that leaves out the write-back and the sync of some stores. */
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
