package io.pcache.offline;

import io.pcache.cache.Progress;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.CopiedMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.metadata.RecordKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A kernel image with damage that does not reach the file. Sectors can be made to fail, and the end can be cut off. */
final class DamagedImage extends CopiedMemory {
    private final ReadOnlyMemory file;
    private final DraftMemory image;
    private final RangeSet bad = new RangeSet();
    private final CacheView view;
    private final List<Long> keySets = new ArrayList<>();
    private long size;
    private boolean closed;

    DamagedImage(Path cache) throws Exception {
        this.file = ReadOnlyMemory.open(cache.toString());
        this.image = new DraftMemory(file);
        this.size = file.size();
        CheckReport report = new CacheCheck(image, Progress.NONE).withoutData().run();
        this.view = report.view();
        new LogWalk(image, view.segments(), view::dataOffset)
                .run(view.keyTail(), new LogWalk.Visitor<RuntimeException>() {
                    @Override
                    public void enter(int segment, KeySetReader from) throws LogCorruptException {}

                    @Override
                    public void keySet(KeySetReader keySet) {
                        keySets.add(keySet.deviceOffset());
                    }
                });
    }

    /** The view of the undamaged image. */
    CacheView view() {
        return view;
    }

    /**
     * Device offset of a key-set, counted from the key tail; negative numbers count from the end. LAST key-sets count,
     * too.
     */
    long keySet(int number) {
        return keySets.get(number < 0 ? keySets.size() + number : number);
    }

    /** Device offsets of all key-sets. */
    List<Long> keySets() {
        return keySets;
    }

    /** The number of the key-set at a position. */
    int number(long position) {
        return keySets.indexOf(
                view.dataOffset(io.pcache.log.Position.segment(position)) + io.pcache.log.Position.offset(position));
    }

    void flip(long offset, int bit) {
        ByteBuffer one = ByteBuffer.allocate(1);
        image.copyOut(offset, one, 0, 1);
        image.copyIn(offset, one.put(0, (byte) (one.get(0) ^ 1 << bit)), 0, 1);
    }

    void fill(long offset, int length, int value) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, (byte) value);
        }
        image.copyIn(offset, bytes, 0, length);
    }

    /** Makes a range fail to be read; whole sectors that are written afterwards are good again. */
    void fail(long offset, int length) {
        bad.add(offset, length);
    }

    void cutTo(long bytes) {
        size = bytes;
    }

    /** Damages a copy of a structure. */
    void breakCopy(RecordKind kind, int segment, int copy) {
        flip(kind.place(segment, copy) + HeaderLayout.BYTES, 3);
    }

    void breakCopies(RecordKind kind, int segment) {
        breakCopy(kind, segment, 0);
        breakCopy(kind, segment, 1);
    }

    /** The number of the copy in force, or of the other copy. */
    int copy(RecordKind kind, int segment, boolean inForce) {
        io.pcache.metadata.DuplicatedRecord record = kind.in(image, segment);
        record.load();
        return inForce ? record.newestCopy() : 1 - record.newestCopy();
    }

    /** Sets a field in both copies, with correct checksums. */
    void forge(RecordKind kind, int segment, int field, int value) {
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            long at = kind.place(segment, copy);
            image.putInt(at + field, value);
            image.putInt(
                    at + HeaderLayout.CRC,
                    image.checksum(at + HeaderLayout.CHECKSUMMED, kind.bytes() - HeaderLayout.CHECKSUMMED));
        }
    }

    int field(RecordKind kind, int segment, int field) {
        return image.getInt(kind.place(segment, copy(kind, segment, true)) + field);
    }

    /** Sets a field of the superblock, with a correct checksum. */
    void forgeSuperblock(int field, int value) {
        image.putInt(DeviceLayout.SUPERBLOCK + field, value);
        image.putInt(
                DeviceLayout.SUPERBLOCK + SuperblockLayout.CRC,
                image.checksum(
                        DeviceLayout.SUPERBLOCK + SuperblockLayout.CHECKSUMMED,
                        SuperblockLayout.BYTES - SuperblockLayout.CHECKSUMMED));
    }

    /** Sets a word of a key-set, with a correct checksum. */
    void forgeKeySet(long at, int field, int value) {
        image.putInt(at + field, value);
        boolean last = (image.getLong(at + KeySetLayout.FLAGS) & KeySetLayout.FLAG_LAST) != 0;
        int length = last ? KeySetLayout.HEADER_BYTES : KeySetLayout.bytes(image.getInt(at + KeySetLayout.KEY_NUM));
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        image.copyOut(at, bytes, 0, length);
        image.putInt(
                at + KeySetLayout.CRC,
                new Checksum().of(bytes, KeySetLayout.CHECKSUMMED, length - KeySetLayout.CHECKSUMMED));
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, size);
        if (bad.intersects(offset, length)) {
            throw new CacheMemoryException("load at " + offset + " failed: Input/output error (EIO)");
        }
        image.copyOut(offset, target, targetIndex, length);
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        image.copyIn(offset, source, sourceIndex, length);
        bad.remove(offset, length);
    }

    @Override
    public CacheMemory.Kind kind() {
        return CacheMemory.Kind.VOLATILE;
    }

    @Override
    public String describe() {
        return file.describe();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            file.close();
        }
    }
}
