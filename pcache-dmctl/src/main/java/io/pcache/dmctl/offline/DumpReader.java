package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pcache.log.Key;
import io.pcache.media.IdentityLayout;
import io.pcache.metadata.RecordKind;
import io.pcache.offline.ImageWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes an image from a dump, while the dump is read: at most one key-set is in memory at a time. Members that this
 * reader does not know are for people, and are skipped. Where a dump turns out to be wrong, no image is left.
 */
final class DumpReader {
    static final String FORMAT = "pcache-dump 1";

    private final JsonParser in;
    private final Path file;
    private ImageWriter image;
    private long keySets;
    private long keys;

    DumpReader(JsonParser in, Path file) {
        this.in = in;
        this.file = file;
    }

    /** @return how many key-sets, and how many keys, there were */
    long[] run() throws IOException {
        expect(in.nextToken(), JsonToken.START_OBJECT, "an object");
        try {
            boolean ours = false;
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                JsonToken value = in.nextToken();
                switch (name) {
                    case "format" -> ours = FORMAT.equals(in.getText());
                    case "bytes" -> {
                        if (image != null) {
                            throw wrong("the device's size is there twice");
                        }
                        if (!ours) {
                            throw wrong("this is no dump: it does not begin with \"format\": \"" + FORMAT + "\"");
                        }
                        image = new ImageWriter(file, in.getLongValue());
                    }
                    case "identity" -> identity(value);
                    case "superblock" -> superblock();
                    case "structures" -> elements(value, this::structure);
                    case "log" -> elements(value, this::piece);
                    default -> in.skipChildren();
                }
            }
            if (image == null) {
                throw wrong("the dump does not tell the device's size");
            }
            if (in.nextToken() != null) {
                throw wrong("something follows the dump");
            }
            image.finish();
        } finally {
            if (image != null) {
                image.close();
            }
        }
        return new long[] {keySets, keys};
    }

    private void identity(JsonToken token) throws IOException {
        expect(token, JsonToken.START_OBJECT, "an object");
        if (image == null) {
            throw wrong("the device's size must come first");
        }
        Map<String, Object> members = members();
        for (int copy = 0; copy < IdentityLayout.COPIES; copy++) {
            if (members.get("copy" + copy) instanceof String text) {
                byte[] bytes = hex(text);
                if (bytes.length != IdentityLayout.COPY_BYTES) {
                    throw wrong("a copy of the identity record has " + IdentityLayout.COPY_BYTES + " bytes");
                }
                image.bytes(IdentityLayout.copy(copy), bytes);
            }
        }
    }

    private byte[] hex(String text) throws IOException {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            throw wrong("no hexadecimal digits: " + e.getMessage());
        }
    }

    private interface Element {
        void read() throws IOException;
    }

    private void elements(JsonToken token, Element element) throws IOException {
        expect(token, JsonToken.START_ARRAY, "a list");
        if (image == null) {
            throw wrong("the device's size must come first");
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            expect(in.currentToken(), JsonToken.START_OBJECT, "an object");
            element.read();
        }
    }

    private void expect(JsonToken token, JsonToken expected, String words) throws IOException {
        if (token != expected) {
            throw wrong("expected " + words);
        }
    }

    /** The dump is at fault. The message does not name the dump. */
    static final class WrongDump extends IOException {
        WrongDump(String message) {
            super(message);
        }
    }

    private IOException wrong(String message) {
        return new WrongDump("line " + in.currentLocation().getLineNr() + ": " + message);
    }

    /**
     * The members of an object that have plain values. Members of {@code keys}, if there are any, go into the key-set
     * that has been begun.
     */
    private Map<String, Object> members() throws IOException {
        Map<String, Object> members = new HashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            JsonToken token = in.nextToken();
            if (name.equals("keys")) {
                members.put(name, true);
                image.beginKeySet();
                elements(token, this::key);
            } else if (token == JsonToken.VALUE_NUMBER_INT) {
                members.put(name, in.getLongValue());
            } else if (token == JsonToken.VALUE_STRING) {
                members.put(name, name.equals("data") ? in.getBinaryValue() : in.getText());
            } else {
                in.skipChildren();
            }
        }
        return members;
    }

    private long number(Map<String, Object> members, String name) throws IOException {
        Object value = members.get(name);
        if (value == null) {
            throw wrong("\"" + name + "\" is missing");
        }
        if (!(value instanceof Long number)) {
            throw wrong("\"" + name + "\" is no number");
        }
        return number;
    }

    private long numberOrZero(Map<String, Object> members, String name) throws IOException {
        return members.containsKey(name) ? number(members, name) : 0;
    }

    private Integer crc(Map<String, Object> members, String name) throws IOException {
        Object value = members.get(name);
        try {
            return value == null ? null : Integer.valueOf(HexFormat.fromHexDigits(String.valueOf(value)));
        } catch (IllegalArgumentException e) {
            throw wrong("\"" + name + "\": " + e.getMessage());
        }
    }

    private void superblock() throws IOException {
        if (image == null) {
            throw wrong("the device's size must come first");
        }
        Map<String, Object> members = members();
        try {
            image.superblock(
                    crc(members, "crc"),
                    (int) number(members, "flags"),
                    HexFormat.fromHexDigitsToLong(String.valueOf(members.get("magic"))),
                    (int) number(members, "seg_num"),
                    (int) numberOrZero(members, "padding"));
        } catch (IllegalArgumentException e) {
            throw wrong("\"magic\": " + e.getMessage());
        }
    }

    private void structure() throws IOException {
        Map<String, Object> members = members();
        RecordKind kind;
        try {
            kind = RecordKind.valueOf(String.valueOf(members.get("structure"))
                    .toUpperCase(Locale.ROOT)
                    .replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw wrong("there is no structure " + members.get("structure"));
        }
        List<RecordKind.Field> fields = kind.fields();
        long[] values = new long[fields.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = number(members, fields.get(i).name());
        }
        int copy = (int) number(members, "copy");
        if (copy != 0 && copy != 1) {
            throw wrong("\"copy\" is neither 0 nor 1");
        }
        image.copy(
                kind,
                kind.isOfSegment() ? (int) number(members, "segment") : 0,
                copy,
                crc(members, "crc"),
                (int) number(members, "seq"),
                (int) numberOrZero(members, "version"),
                (int) numberOrZero(members, "reserved"),
                values);
    }

    /** Reads a key-set, or what stands at the log's end. */
    private void piece() throws IOException {
        Map<String, Object> members = members();
        if (members.containsKey("bytes")) {
            try {
                image.bytes(number(members, "offset"), HexFormat.of().parseHex(String.valueOf(members.get("bytes"))));
            } catch (IllegalArgumentException e) {
                throw wrong("\"bytes\": " + e.getMessage());
            }
        } else if (members.containsKey("keys")) {
            keySets++;
            image.endKeySet(number(members, "offset"), crc(members, "crc"), numberOrZero(members, "flags"));
        } else if (members.containsKey("next_cache_seg_id")) {
            keySets++;
            image.last(number(members, "offset"), crc(members, "crc"), number(members, "flags"), (int)
                    number(members, "next_cache_seg_id"));
        }
    }

    private void key() throws IOException {
        Map<String, Object> members = members();
        Integer dataCrc = crc(members, "data_crc");
        Key key = new Key();
        key.offset = number(members, "off");
        key.length = (int) number(members, "len");
        key.flags = (int) number(members, "flags");
        key.segment = (int) number(members, "cache_seg_id");
        key.place = (int) number(members, "cache_seg_off");
        key.generation = number(members, "seg_gen");
        key.dataCrc = dataCrc == null ? 0 : dataCrc;
        key.reserved = (int) numberOrZero(members, "reserved");
        image.key(key);
        keys++;
        if (members.get("data") instanceof byte[] bytes) {
            image.bytes(number(members, "data_offset"), bytes);
        }
    }
}
