package io.pcache.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@link JsonObject}s from and to bytes, by Jackson's streaming half: data binding would double the start-up time of a
 * client.
 *
 * <p>Input may come from anyone who can open the socket. So depth, number of values and length of a number are bounded,
 * and names are not kept in tables that outlive the message.
 */
public final class JsonCodec {
    /** Longest message, with its newline. */
    public static final int MAX_FRAME_BYTES = 1 << 20;

    private static final int MAX_DEPTH = 8;
    private static final int MAX_VALUES = 1 << 16;
    private static final int MAX_DIGITS = 32;

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(MAX_FRAME_BYTES)
                    .build())
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private final JsonParser parser;
    private int values;

    private JsonCodec(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * Reads one object.
     *
     * @throws IOException when the bytes are not one JSON object within the bounds; the message is a line for people
     */
    public static JsonObject read(byte[] bytes, int from, int length) throws IOException {
        if (length > MAX_FRAME_BYTES) {
            throw new IOException("message longer than " + MAX_FRAME_BYTES + " bytes");
        }
        // A reader that replaces malformed UTF-8 would let two different frames name one device.
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes, from, length))
                .toString();
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not a JSON object");
            }
            JsonObject object = new JsonCodec(parser).object();
            if (parser.nextToken() != null) {
                throw new IOException("more than one JSON object in a line");
            }
            return object;
        } catch (JsonProcessingException e) {
            throw new IOException("malformed JSON: " + e.getOriginalMessage(), e);
        }
    }

    private JsonObject object() throws IOException {
        JsonObject object = new JsonObject();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            object.set(name, value(parser.nextToken()));
        }
        return object;
    }

    private List<Object> list() throws IOException {
        List<Object> list = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            Object element = value(token);
            if (element == null) {
                throw new IOException("null in a list");
            }
            list.add(element);
        }
        return list;
    }

    private Object value(JsonToken token) throws IOException {
        if (token == null) {
            throw new IOException("message ends in the middle");
        }
        if (++values > MAX_VALUES) {
            throw new IOException("more than " + MAX_VALUES + " values in a message");
        }
        return switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> list();
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> finite(parser.getDoubleValue());
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default -> throw new IOException("unexpected " + token);
        };
    }

    private static double finite(double number) throws IOException {
        if (!Double.isFinite(number)) {
            throw new IOException("a number out of range");
        }
        return number;
    }

    /**
     * The object as a frame: its text and a newline. The text is ASCII, so a newline inside is never mistaken for the
     * end.
     */
    public static byte[] frame(JsonObject object) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator generator = JSON.createGenerator(bytes)) {
            write(generator, object, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    /** The text on one line. */
    static String text(JsonObject object) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            write(generator, object, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /**
     * The text for people, and for tools that read lines: one member a line, indented by two blanks, {@code "name":
     * value}. Ends with a newline. Strings are shown as {@link ByteText#printable} has them.
     *
     * @param value a {@link JsonObject}, or a list of these
     */
    public static String textForPeople(Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            // 0 for no limit: characters beyond ASCII are shown as themselves.
            write(generator.setHighestNonEscapedChar(0).setPrettyPrinter(Layout.PRINTER.createInstance()), value, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    /** A class of its own, so that it is loaded only where text is for people. */
    private static final class Layout {
        private static final DefaultIndenter TWO_BLANKS = new DefaultIndenter("  ", "\n");
        static final DefaultPrettyPrinter PRINTER = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEmptySeparator("")
                        .withArrayEmptySeparator(""))
                .withObjectIndenter(TWO_BLANKS)
                .withArrayIndenter(TWO_BLANKS);
    }

    private static void write(JsonGenerator generator, Object value, boolean forPeople) throws IOException {
        if (value instanceof JsonObject object) {
            generator.writeStartObject();
            for (Map.Entry<String, Object> member : object.members().entrySet()) {
                generator.writeFieldName(forPeople ? ByteText.printable(member.getKey()) : member.getKey());
                write(generator, member.getValue(), forPeople);
            }
            generator.writeEndObject();
        } else if (value instanceof List<?> list) {
            generator.writeStartArray();
            for (Object element : list) {
                write(generator, element, forPeople);
            }
            generator.writeEndArray();
        } else if (value instanceof String text) {
            generator.writeString(forPeople ? ByteText.printable(text) : text);
        } else if (value instanceof Boolean flag) {
            generator.writeBoolean(flag);
        } else if (value instanceof Double || value instanceof Float) {
            generator.writeNumber(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            generator.writeNumber(number.longValue());
        } else {
            throw new IllegalArgumentException("not a JSON value: " + value);
        }
    }
}
