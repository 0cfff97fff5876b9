package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.identity.IdentityRecord;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.HeaderLayout;
import io.pcache.media.IdentityLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import io.pcache.offline.CacheDump;
import io.pcache.offline.CheckReport;
import io.pcache.offline.KeySetRun;
import io.pcache.offline.KeyState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Writes a dump: one object with the members device, bytes, superblock, structures, log. Checksums are strings of eight
 * hexadecimal digits.
 */
final class DumpWriter implements CacheDump.Visitor {
    private final JsonGenerator out;
    private final CacheMemory memory;
    private final boolean data;
    private final ByteBuffer bytes = ByteBuffer.allocate(DeviceLayout.SUBTREE_BYTES);
    private boolean superblockShown;
    private boolean inKeySet;

    /** @param data whether the keys' data is written too */
    DumpWriter(JsonGenerator out, CacheMemory memory, String device, boolean data) throws IOException {
        this.out = out;
        this.memory = memory;
        this.data = data;
        out.writeStartObject();
        out.writeStringField("format", DumpReader.FORMAT);
        out.writeStringField("device", device);
        out.writeNumberField("bytes", memory.size());
        identity();
    }

    /** Writes the fields for people, and both copies as they are, for restore. */
    private void identity() throws IOException {
        IdentityRecord record = IdentityRecord.load(memory);
        if (record.isValid()) {
            out.writeObjectFieldStart("identity");
            IdentityText.members(record, out);
            for (int copy = 0; copy < IdentityLayout.COPIES; copy++) {
                try {
                    memory.copyOut(IdentityLayout.copy(copy), bytes, 0, IdentityLayout.COPY_BYTES);
                    out.writeStringField(
                            "copy" + copy, HexFormat.of().formatHex(bytes.array(), 0, IdentityLayout.COPY_BYTES));
                } catch (CacheMemoryException unreadable) {
                    out.writeNullField("copy" + copy);
                }
            }
            out.writeEndObject();
        }
    }

    @Override
    public void superblock(Superblock superblock, boolean intact) throws IOException {
        out.writeObjectFieldStart("superblock");
        crc(superblock.storedChecksum());
        out.writeNumberField("flags", superblock.flags());
        out.writeStringField("magic", HexFormat.of().toHexDigits(superblock.magic()));
        out.writeNumberField("seg_num", Integer.toUnsignedLong(superblock.segNum()));
        out.writeNumberField("padding", superblock.padding());
        out.writeBooleanField("valid", intact);
        out.writeEndObject();
        out.writeArrayFieldStart("structures");
        superblockShown = true;
    }

    private void crc(int crc) throws IOException {
        out.writeStringField("crc", HexFormat.of().toHexDigits(crc));
    }

    @Override
    public void copy(RecordKind kind, int segment, int copy, CopyState state, DuplicatedRecord record)
            throws IOException {
        out.writeStartObject();
        out.writeStringField("structure", ReportJson.word(kind));
        if (kind.isOfSegment()) {
            out.writeNumberField("segment", segment);
        }
        out.writeNumberField("copy", copy);
        out.writeStringField("state", ReportJson.word(state));
        crc(record.getInt(HeaderLayout.CRC));
        out.writeNumberField("seq", record.seq() & 0xFF);
        int versionAndReserved = record.getInt(HeaderLayout.SEQ) >>> Byte.SIZE;
        if (versionAndReserved != 0) {
            out.writeNumberField("version", versionAndReserved & 0xFF);
            out.writeNumberField("reserved", versionAndReserved >>> Byte.SIZE);
        }
        for (RecordKind.Field field : kind.fields()) {
            out.writeNumberField(
                    field.name(),
                    field.bytes() == Long.BYTES ? record.getLong(field.offset()) : record.getInt(field.offset()));
        }
        out.writeEndObject();
    }

    @Override
    public void log(CheckReport report) throws IOException {
        if (superblockShown) {
            out.writeEndArray();
        }
        out.writeBooleanField("log_as_repair_would_leave_it", !report.mends().isEmpty());
        out.writeArrayFieldStart("log");
    }

    @Override
    public void keySet(KeySetReader keySet) throws IOException {
        endKeySet();
        out.writeStartObject();
        out.writeStringField("position", Position.text(keySet.position()));
        out.writeNumberField("offset", keySet.deviceOffset());
        crc(keySet.storedChecksum());
        out.writeNumberField("flags", keySet.flags());
        if (keySet.isLast()) {
            out.writeNumberField("next_cache_seg_id", keySet.nextSegment());
            out.writeEndObject();
        } else {
            out.writeArrayFieldStart("keys");
            inKeySet = true;
        }
    }

    private void endKeySet() throws IOException {
        if (inKeySet) {
            out.writeEndArray();
            out.writeEndObject();
            inKeySet = false;
        }
    }

    @Override
    public void key(Key key, KeyState state, long place) throws IOException {
        out.writeStartObject();
        out.writeNumberField("off", key.offset);
        out.writeNumberField("len", Integer.toUnsignedLong(key.length));
        out.writeNumberField("flags", key.flags);
        out.writeNumberField("cache_seg_id", key.segment);
        out.writeNumberField("cache_seg_off", key.place);
        out.writeNumberField("seg_gen", key.generation);
        out.writeStringField("data_crc", HexFormat.of().toHexDigits(key.dataCrc));
        if (key.reserved != 0) {
            out.writeNumberField("reserved", key.reserved);
        }
        out.writeStringField("state", ReportJson.word(state));
        if (state != KeyState.INVALID) {
            out.writeNumberField("data_offset", place);
            if (data && state != KeyState.STALE) {
                data(place, key.length);
            }
        }
        out.writeEndObject();
    }

    private void data(long place, int length) throws IOException {
        try {
            memory.copyOut(place, bytes, 0, length);
            out.writeFieldName("data");
            out.writeBinary(bytes.array(), 0, length);
        } catch (CacheMemoryException unreadable) {
            out.writeBooleanField("data_unreadable", true);
        }
    }

    @Override
    public void end(long position, long deviceOffset, LogWalk.End ending, ByteBuffer rest) throws IOException {
        endKeySet();
        out.writeStartObject();
        out.writeStringField("end", ending == null ? "circle" : ReportJson.word(ending));
        out.writeStringField("position", Position.text(position));
        out.writeNumberField("offset", deviceOffset);
        if (ending != LogWalk.End.TERMINATED && ending != null) {
            out.writeStringField("bytes", HexFormat.of().formatHex(rest.array()));
        }
        out.writeEndObject();
    }

    @Override
    public void behindDamage(KeySetRun run) throws IOException {
        out.writeStartObject();
        out.writeStringField("behind_damage", ReportJson.word(run.origin()));
        out.writeStringField("position", Position.text(run.from()));
        out.writeEndObject();
    }

    @Override
    public void done() throws IOException {
        out.writeEndArray();
        out.writeEndObject();
    }
}
