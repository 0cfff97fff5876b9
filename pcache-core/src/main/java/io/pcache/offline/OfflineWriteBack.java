package io.pcache.offline;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.Progress;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Signal;
import io.pcache.writeback.Batch;
import io.pcache.writeback.Claims;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Writes the dirty data of a cache that is not active to its backing device.
 *
 * <p>As the engine does after an activation, this writes key-set by key-set from the dirty tail on, and makes each
 * durable on the backing device before the next. So at any time the backing device is like a disk with a volatile cache
 * after a power cut. The dirty tail follows, so an interrupted run goes on where it stopped. The data of every key is
 * read first, and verified if the cache has checksums.
 *
 * <p>Damaged data is left out and reported. From then on the dirty tail stays, so that nothing is taken for written
 * that is not; the rest is written nevertheless. Key-sets behind a damaged one are written if they are certain to be
 * the log's {@linkplain KeySetRun.Origin#CONTINUATION continuation}. If a log ends in a torn key-set, the log is taken
 * to end in front of this key-set, as in activation; the key-set, and what it seems to name, are reported.
 */
public final class OfflineWriteBack implements LogWalk.Visitor<OfflineException> {

    /**
     * Dirty data, or data that may be dirty, that was not written.
     *
     * @param offset on the backing device, in bytes
     * @param length in bytes
     * @param deviceOffset where the cache device is damaged
     * @param reason one line
     */
    public record Skipped(long offset, int length, long deviceOffset, String reason) {}

    private final CheckReport report;
    private final CacheView view;
    private final DraftMemory draft;
    private final CacheMemory device;
    private final BackingDevice backing;
    private final Progress progress;
    private final Key key = new Key();
    private final List<Skipped> skipped = new ArrayList<>();
    private final RangeSet lost = new RangeSet();
    private final BitSet logSegments = new BitSet();
    private boolean discardDamaged;
    private boolean skipBeyondEnd;
    /** Null if data is only counted. */
    private Batch batch;
    /** Null if the dirty tail cannot be moved. */
    private Tails tails;

    private long backingBytes;
    private long totalKeys;
    private long seenKeys;
    private long keys;
    private long bytes;
    private long writtenBytes;
    private long skippedCount;
    private boolean damageMet;

    /**
     * @param report of a check of this cache's structures
     * @param device the device of the report; open for writing unless {@code backing} is null
     * @param backing null to only count
     * @throws OfflineException if the check could not reach the log
     */
    public OfflineWriteBack(CheckReport report, CacheMemory device, BackingDevice backing, Progress progress)
            throws OfflineException {
        this.report = report;
        this.view = report.view();
        this.draft = report.draft();
        this.device = device;
        this.backing = backing;
        this.progress = progress;
        Finding obstacle = report.findings().stream()
                .filter(OfflineWriteBack::isObstacle)
                .findFirst()
                .orElse(null);
        if (obstacle != null || report.log() == null) {
            throw new OfflineException("it cannot be told what is dirty: "
                    + (obstacle == null ? "the log was not found" : obstacle.toString()));
        }
    }

    /**
     * Whether nothing can be written because of this finding: data that seems dirty might be older than the data on the
     * backing device.
     */
    private static boolean isObstacle(Finding finding) {
        return finding.mend() == null
                && switch (finding.problem()) {
                    case DEVICE_TOO_SMALL,
                            NO_CACHE,
                            NOT_INITIALISED,
                            SUPERBLOCK_MAGIC,
                            SUPERBLOCK_CHECKSUM,
                            SUPERBLOCK_BIG_ENDIAN,
                            SUPERBLOCK_SEG_NUM,
                            CACHE_INFO_LOST,
                            CACHE_INFO_INIT_DONE,
                            CACHE_INFO_N_SEGS,
                            SEGMENT_INFO_LOST,
                            CHAIN_BROKEN,
                            GENERATION_LOST,
                            KEY_TAIL_LOST,
                            DIRTY_TAIL_LOST,
                            DIRTY_TAIL_NOT_IN_LOG -> true;
                    default -> false;
                };
    }

    /** Gives damaged data up once everything readable is written: the dirty tail then goes to the end of the log. */
    public OfflineWriteBack discardDamaged() {
        discardDamaged = true;
        return this;
    }

    /** Leaves out keys that exceed the backing device. Otherwise, a backing device that is too small is refused. */
    public OfflineWriteBack skipBeyondEnd() {
        skipBeyondEnd = true;
        return this;
    }

    /**
     * Writes, or counts. To be called once.
     *
     * @param backingBytes size of the backing device
     * @throws OfflineException if the backing device is too small or fails; what was written before stays, and the next
     *     run goes on from there
     * @throws io.pcache.memory.CacheMemoryException if the cache device fails in another way than by bytes that cannot
     *     be read
     */
    public WriteBackReport run(long backingBytes) throws OfflineException {
        this.backingBytes = backingBytes;
        measure();
        if (backing == null) {
            return walk();
        }
        tails = movableTails();
        try (Batch writer = new Batch(
                device,
                null,
                view::dataOffset,
                backing,
                backing.sizeBytes(),
                new Signal(),
                new CacheStats(1, Clock.SYSTEM),
                Clock.SYSTEM,
                Claims.ALL,
                new BackingFlushes())) {
            batch = writer;
            return walk();
        }
    }

    /** Counts the dirty keys, and refuses a backing device that cannot be this cache's. */
    private void measure() throws OfflineException {
        long[] furthest = new long[1];
        LogScan scan = new LogScan(draft, view, Long.MAX_VALUE, (keySet, index, found, violation) -> {
                    if (violation == null) {
                        furthest[0] = Math.max(furthest[0], found.offset + found.length);
                    }
                })
                .run(view.dirtyTail());
        for (int segment = 0; segment < view.segments(); segment++) {
            logSegments.set(segment, scan.isLogSegment(segment));
        }
        if (furthest[0] > backingBytes && !skipBeyondEnd) {
            throw new OfflineException(
                    "the cache has keys for bytes up to " + furthest[0] + " of its backing device, and this one has "
                            + backingBytes + " bytes: is it the right one? nothing was written");
        }
        totalKeys = scan.keys();
    }

    /**
     * The tails, if the dirty tail can be moved on the device. Problems that activation would not mend by itself must
     * be mended on the device first.
     */
    private Tails movableTails() {
        boolean mended = report.findings().stream()
                .anyMatch(finding -> finding.mend() != null && finding.severity() == Severity.ERROR);
        Tails onDevice = new Tails(device);
        if (mended || !onDevice.load()) {
            return null;
        }
        onDevice.set(view.keyTail(), view.dirtyTail());
        return onDevice;
    }

    // ---- the log

    private WriteBackReport walk() throws OfflineException {
        LogWalk walk = newWalk();
        LogWalk.End ending = run(walk, view.dirtyTail());
        long end = walk.position();
        List<KeySetRun> behind = report.log().behind();
        if (ending == LogWalk.End.DAMAGED) {
            damageMet = true;
            behind = new KeySetSearch(draft, view, Long.MAX_VALUE).behind(end);
            KeySetRun continuation = behind.stream()
                    .filter(run -> run.origin() == KeySetRun.Origin.CONTINUATION)
                    .findFirst()
                    .orElse(null);
            skipKeySet(draft, end, walk.damage().what(), continuation);
            if (continuation != null) {
                run(newWalk(), continuation.from());
                end = continuation.end();
            }
        }
        if (!damageMet || discardDamaged) {
            advance(end);
        }
        Finding torn = tornAt(end);
        if (torn != null) {
            // The draft ends in front of the torn key-set already, as in activation.
            ending = LogWalk.End.TORN;
            skipKeySet(
                    new DraftMemory(device),
                    end,
                    torn.found()
                            + "; it is the log's last, and a power cut may have torn it before anything in it "
                            + "was acknowledged",
                    null);
        }
        return new WriteBackReport(
                keys,
                bytes,
                writtenBytes,
                skippedCount,
                skipped,
                lost,
                ending,
                behind,
                tails == null ? view.dirtyTail() : tails.dirtyTail(),
                end);
    }

    /**
     * The finding of a torn key-set at the end; null if there is none. A torn key-set in front of the dirty tail, with
     * which nothing is lost, also gives null.
     */
    private Finding tornAt(long end) {
        long at = view.dataOffset(Position.segment(end)) + Position.offset(end);
        return report.findings().stream()
                .filter(finding -> finding.problem() == Problem.LOG_TORN_END && finding.deviceOffset() == at)
                .findFirst()
                .orElse(null);
    }

    private LogWalk newWalk() {
        return new LogWalk(draft, view.segments(), view::dataOffset, view::generation);
    }

    private LogWalk.End run(LogWalk walk, long from) throws OfflineException {
        try {
            return walk.run(from, this);
        } catch (LogCorruptException e) {
            throw new OfflineException("the log is none that a cache writes: " + e.getMessage(), e);
        }
    }

    @Override
    public void enter(int segment, KeySetReader from) {
        logSegments.set(segment);
    }

    @Override
    public void keySet(KeySetReader keySet) throws OfflineException {
        for (int i = 0; i < keySet.keys(); i++) {
            progress.at(batch == null ? "counting" : "writing back", seenKeys++, totalKeys);
            keySet.key(i, key);
            String violation = key.violation(view.segments(), backingBytes);
            if (violation == null && logSegments.get(key.segment)) {
                violation = "its data is in segment " + key.segment + ", through which the log goes";
            }
            if (violation != null) {
                skip(
                        keySet.deviceOffset() + KeySetLayout.key(i),
                        "key " + i + " of the key-set at " + Position.text(keySet.position()) + ": " + violation);
            } else if (!key.isClean() && !view.isStale(key)) {
                take();
            }
        }
        if (!keySet.isLast()) {
            write(keySet.next());
        }
    }

    private void take() {
        long at = view.dataOffset(key.segment) + key.place;
        int checksum = draft.checksum(at, key.length);
        boolean readable = !draft.isUnreadable(at, key.length);
        boolean good = readable && (!view.dataCrc() || checksum == key.dataCrc);
        if (good) {
            lost.remove(key.offset, key.length);
            keys++;
            bytes += key.length;
            if (batch != null) {
                batch.add(key);
            }
        } else {
            skip(at, readable ? "the data does not have its checksum" : "the device fails to read the data");
            lost.add(key.offset, key.length);
        }
    }

    private void write(long next) throws OfflineException {
        if (batch == null) {
            return;
        }
        if (batch.keys() > 0) {
            writtenBytes += batch.newestBytes();
            writeBatch();
            batch.clear();
        }
        if (!damageMet) {
            advance(next);
        }
    }

    private void writeBatch() throws OfflineException {
        boolean written = false;
        try {
            written = batch.write();
            if (!written) {
                throw new OfflineException(batch.problem());
            }
        } finally {
            if (!written) {
                batch.abandon();
            }
        }
    }

    private void advance(long position) {
        if (tails != null && tails.dirtyTail() != position) {
            // Both copies are stored, because this step may be longer than any step of write-back.
            tails.storeDirtyTail(position);
        }
    }

    // ---- damage

    private void skip(long deviceOffset, String reason) {
        damageMet = true;
        if (skippedCount++ < Findings.MOST) {
            skipped.add(new Skipped(key.offset, key.length, deviceOffset, reason));
        }
    }

    /**
     * Reports a key-set that is damaged itself. Only what its keys seem to say is known of the data that is lost with
     * it.
     */
    private void skipKeySet(DraftMemory memory, long position, String damage, KeySetRun continuation) {
        long at = view.dataOffset(Position.segment(position)) + Position.offset(position);
        ByteBuffer keySet =
                ByteBuffer.allocate(length(memory, position, continuation)).order(ByteOrder.LITTLE_ENDIAN);
        memory.copyOut(at, keySet, 0, keySet.capacity());
        String name = "the key-set at " + Position.text(position) + " is damaged, and ";
        int count = (keySet.capacity() - KeySetLayout.HEADER_BYTES) / KeyLayout.BYTES;
        for (int i = 0; i < count; i++) {
            key.read(keySet, KeySetLayout.key(i));
            String violation = key.violation(view.segments(), backingBytes);
            if (violation != null) {
                skipUnknown(
                        at + KeySetLayout.key(i),
                        name + "what its key " + i + " names cannot be told (" + violation + "): " + damage);
            } else if (!key.isClean() && !view.isStale(key)) {
                skip(at, name + "seems to name this: " + damage);
                lost.add(key.offset, key.length);
            }
        }
        if (count == 0) {
            skipUnknown(at, name + "what it names cannot be told: " + damage);
        }
    }

    private void skipUnknown(long deviceOffset, String reason) {
        key.offset = 0;
        key.length = 0;
        skip(deviceOffset, reason);
    }

    /** The likely length of a damaged key-set. */
    private int length(DraftMemory memory, long position, KeySetRun continuation) {
        int room = Math.min(KeySetLayout.MAX_BYTES, DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(position));
        if (continuation != null && continuation.from() > position) {
            return (int) Math.min(room, continuation.from() - position);
        }
        int count = memory.getInt(
                view.dataOffset(Position.segment(position)) + Position.offset(position) + KeySetLayout.KEY_NUM);
        return count > 0 && count <= KeySetLayout.MAX_KEYS
                ? Math.min(room, KeySetLayout.bytes(count))
                : Math.min(room, KeySetLayout.HEADER_BYTES);
    }
}
