package io.pcache.metadata;

import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.memory.CacheMemory;
import java.util.List;

/**
 * The structures of which the device holds two copies: where they are, and which fields they have behind the header.
 */
public enum RecordKind {
    CACHE_INFO(
            "cache info",
            DeviceLayout.CACHE_INFO,
            DeviceLayout.METADATA_SPACING,
            CacheInfoLayout.BYTES,
            new Field("seg_id", CacheInfoLayout.SEG_ID, Integer.BYTES),
            new Field("n_segs", CacheInfoLayout.N_SEGS, Integer.BYTES),
            new Field("flags", CacheInfoLayout.FLAGS, Integer.BYTES),
            new Field("reserved2", CacheInfoLayout.RESERVED, Integer.BYTES)),
    KEY_TAIL(
            "key tail",
            PositionLayout.KEY_TAIL,
            PositionLayout.SPACING,
            PositionLayout.BYTES,
            new Field("cache_seg_id", PositionLayout.SEGMENT, Integer.BYTES),
            new Field("seg_off", PositionLayout.OFFSET, Integer.BYTES)),
    DIRTY_TAIL(
            "dirty tail",
            PositionLayout.DIRTY_TAIL,
            PositionLayout.SPACING,
            PositionLayout.BYTES,
            new Field("cache_seg_id", PositionLayout.SEGMENT, Integer.BYTES),
            new Field("seg_off", PositionLayout.OFFSET, Integer.BYTES)),
    SEGMENT_INFO(
            "segment info",
            DeviceLayout.SEGMENT_INFO,
            DeviceLayout.METADATA_SPACING,
            SegmentInfoLayout.BYTES,
            new Field("flags", SegmentInfoLayout.FLAGS, Integer.BYTES),
            new Field("next_seg", SegmentInfoLayout.NEXT_SEG, Integer.BYTES)),
    GENERATION(
            "generation",
            DeviceLayout.SEGMENT_CONTROL,
            GenerationLayout.SPACING,
            GenerationLayout.BYTES,
            new Field("gen", GenerationLayout.GENERATION, Long.BYTES));

    /**
     * A number in a structure.
     *
     * @param name as in the structures of the kernel's target
     * @param offset in the structure
     * @param bytes 4 or 8
     */
    public record Field(String name, int offset, int bytes) {}

    private final String text;
    private final long offset;
    private final int spacing;
    private final int bytes;
    private final List<Field> fields;

    RecordKind(String text, long offset, int spacing, int bytes, Field... fields) {
        this.text = text;
        this.offset = offset;
        this.spacing = spacing;
        this.bytes = bytes;
        this.fields = List.of(fields);
    }

    /** Whether every segment has a record of this kind. */
    public boolean isOfSegment() {
        return this == SEGMENT_INFO || this == GENERATION;
    }

    /**
     * Device offset of copy 0. If segments have such records, the offset is that in physical segment {@code segment}.
     */
    public long place(int segment) {
        return isOfSegment() ? DeviceLayout.segment(segment) + offset : offset;
    }

    /** Device offset of a copy. */
    public long place(int segment, int copy) {
        return place(segment) + (long) copy * spacing;
    }

    /**
     * A record of this kind at its place, not loaded yet. If segments have such records, the record is the first
     * segment's.
     */
    public DuplicatedRecord in(CacheMemory memory) {
        return new DuplicatedRecord(memory, place(0), spacing, bytes);
    }

    /** A record of this kind in a physical segment, not loaded yet. */
    public DuplicatedRecord in(CacheMemory memory, int segment) {
        return new DuplicatedRecord(memory, place(segment), spacing, bytes);
    }

    /** Bytes of a copy, header included. */
    public int bytes() {
        return bytes;
    }

    /** All but the {@linkplain HeaderLayout header}. */
    public List<Field> fields() {
        return fields;
    }

    /** For people. */
    @Override
    public String toString() {
        return text;
    }
}
