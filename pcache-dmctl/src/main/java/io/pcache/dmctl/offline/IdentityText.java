package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.identity.IdentityRecord;
import io.pcache.memory.CacheMemory;
import java.io.IOException;
import java.time.Instant;

/** The identity record, for people and for programs. */
final class IdentityText {
    private IdentityText() {}

    /** The record in one line; null where there is no record. */
    static String of(CacheMemory memory) {
        IdentityRecord record = IdentityRecord.load(memory);
        if (!record.isValid()) {
            return null;
        }
        String use = record.inUseSince() == 0
                ? "not in use"
                : "in use since " + Instant.ofEpochSecond(record.inUseSince()) + ", or not shut down since";
        return "cache " + record.uuid() + " of the backing device " + record.backing() + "; " + use;
    }

    /** Writes the record into an object that has been begun. */
    static void members(IdentityRecord record, JsonGenerator out) throws IOException {
        out.writeStringField("uuid", record.uuid().toString());
        out.writeStringField("backing_path", record.backing().path());
        out.writeNumberField("backing_sectors", record.backing().sectors());
        strings("backing_ids", record.backing().ids(), out);
        strings("backing_signatures", record.backing().signatures(), out);
        out.writeNumberField("in_use_since", record.inUseSince());
        out.writeBooleanField("written_through", record.isWrittenThrough());
    }

    private static void strings(String name, Iterable<String> values, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart(name);
        for (String value : values) {
            out.writeString(value);
        }
        out.writeEndArray();
    }
}
