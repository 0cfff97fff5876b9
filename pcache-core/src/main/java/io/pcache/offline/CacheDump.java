package io.pcache.offline;

import io.pcache.cache.Progress;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Shows everything that a cache device holds, piece by piece: first the structures in their order, then the log. For a
 * large device, this takes no more memory than {@link CacheCheck} does. Structures are shown as they are, even damaged
 * ones. The log is shown as it is found once everything mendable is mended.
 */
public final class CacheDump implements LogWalk.Visitor<IOException> {

    /** Is shown the pieces. */
    public interface Visitor {

        /** @param intact whether the device could be read there, and magic and checksum are right */
        void superblock(Superblock superblock, boolean intact) throws IOException;

        /**
         * A copy of a structure. Blank copies are left out.
         *
         * @param segment physical segment, for structures that segments have
         * @param record valid during the call
         */
        void copy(RecordKind kind, int segment, int copy, CopyState state, DuplicatedRecord record) throws IOException;

        /** The structures have been shown; the log is next. */
        void log(CheckReport report) throws IOException;

        /**
         * A key-set; its keys come next.
         *
         * @param keySet valid until the next key-set
         */
        void keySet(KeySetReader keySet) throws IOException;

        /**
         * A key.
         *
         * @param place device offset of the data
         */
        void key(Key key, KeyState state, long place) throws IOException;

        /**
         * What stands at the end of the log, or at the end of a row of key-sets behind damage.
         *
         * @param ending null if the log or the row leads in a circle
         * @param bytes from this end on: as many as a key-set may have, within the segment
         */
        void end(long position, long deviceOffset, LogWalk.End ending, ByteBuffer bytes) throws IOException;

        /** A row of key-sets comes next, from behind the damage at which the log ended. */
        void behindDamage(KeySetRun run) throws IOException;

        /** Everything has been shown. */
        void done() throws IOException;
    }

    private final CheckReport report;
    private final CacheView view;
    private final DraftMemory device;
    private final Visitor visitor;
    private final Progress progress;
    private final Key key = new Key();
    private long keys;
    private boolean dirty;

    /**
     * @param report of a check of the device's structures
     * @param device the device as it is
     */
    public CacheDump(CheckReport report, CacheMemory device, Visitor visitor, Progress progress) {
        this.report = report;
        this.view = report.view();
        this.device = new DraftMemory(device);
        this.visitor = visitor;
        this.progress = progress;
    }

    /** Shows everything. */
    public void run() throws IOException {
        if (device.size() >= DeviceLayout.SEGMENTS) {
            structures();
        }
        visitor.log(report);
        if (report.log() != null) {
            follow(view.keyTail());
            for (KeySetRun run : report.log().behind()) {
                visitor.behindDamage(run);
                follow(run.from());
            }
        }
        visitor.done();
    }

    private void structures() throws IOException {
        Superblock superblock = new Superblock(device).load();
        visitor.superblock(superblock, superblock.hasMagic() && superblock.isIntact());
        for (RecordKind kind : new RecordKind[] {RecordKind.CACHE_INFO, RecordKind.KEY_TAIL, RecordKind.DIRTY_TAIL}) {
            copies(kind.in(device), kind, 0);
        }
        DuplicatedRecord info = RecordKind.SEGMENT_INFO.in(device);
        DuplicatedRecord generation = RecordKind.GENERATION.in(device);
        int count = view.segmentsOnDevice() > 0 ? view.segmentsOnDevice() : DeviceLayout.segmentsIn(device.size());
        for (int segment = 0; segment < count; segment++) {
            progress.at("segments", segment, count);
            copies(info.at(RecordKind.SEGMENT_INFO.place(segment)), RecordKind.SEGMENT_INFO, segment);
            copies(generation.at(RecordKind.GENERATION.place(segment)), RecordKind.GENERATION, segment);
        }
    }

    private void copies(DuplicatedRecord record, RecordKind kind, int segment) throws IOException {
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            CopyState state = record.loadCopy(copy);
            if (device.isUnreadable(record.place(copy), record.bytes())) {
                state = CopyState.UNREADABLE;
            }
            if (state != CopyState.BLANK) {
                visitor.copy(kind, segment, copy, state, record);
            }
        }
    }

    private void follow(long from) throws IOException {
        LogWalk walk = new LogWalk(report.draft(), view.segments(), view::dataOffset, view::generation);
        LogWalk.End ending = null;
        try {
            ending = walk.run(from, this);
        } catch (LogCorruptException circle) {
            // The log leads in a circle, and everything in the circle has been shown.
        }
        long at = deviceOffset(walk.position());
        ByteBuffer bytes = ByteBuffer.allocate(
                Math.min(KeySetLayout.MAX_BYTES, DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(walk.position())));
        device.copyOut(at, bytes, 0, bytes.capacity());
        visitor.end(walk.position(), at, ending, bytes);
    }

    private long deviceOffset(long position) {
        return view.dataOffset(Position.segment(position)) + Position.offset(position);
    }

    @Override
    public void enter(int segment, KeySetReader from) {
        // The key-sets show this.
    }

    @Override
    public void keySet(KeySetReader keySet) throws IOException {
        dirty |= keySet.position() == view.dirtyTail();
        visitor.keySet(keySet);
        for (int i = 0; i < keySet.keys(); i++) {
            progress.at("keys", keys++, report.log().keys());
            keySet.key(i, key);
            KeyState state = state();
            visitor.key(key, state, state == KeyState.INVALID ? 0 : view.dataOffset(key.segment) + key.place);
        }
    }

    private KeyState state() {
        if (key.violation(view.segments(), Long.MAX_VALUE) != null) {
            return KeyState.INVALID;
        }
        if (view.isStale(key)) {
            return KeyState.STALE;
        }
        if (key.isClean()) {
            return KeyState.CLEAN;
        }
        return dirty ? KeyState.DIRTY : KeyState.WRITTEN_BACK;
    }
}
