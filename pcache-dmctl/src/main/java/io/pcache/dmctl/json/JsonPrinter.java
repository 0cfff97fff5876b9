package io.pcache.dmctl.json;

import io.pcache.control.ByteText;
import io.pcache.control.JsonObject;
import java.util.List;
import java.util.Map;

/** JSON for people and for line-oriented tools alike: a member a line, two blanks deep, {@code "name": value}. */
public final class JsonPrinter {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder();

    private JsonPrinter() {}

    /** @param value a {@link JsonObject}, or a list of them; ends with a newline */
    public static String print(Object value) {
        JsonPrinter printer = new JsonPrinter();
        printer.value(value, "\n");
        return printer.text.append('\n').toString();
    }

    private void value(Object value, String newline) {
        if (value instanceof JsonObject object) {
            object(object, newline);
        } else if (value instanceof List<?> list) {
            list(list, newline);
        } else if (value instanceof String string) {
            string(string);
        } else {
            text.append(value);
        }
    }

    private void object(JsonObject object, String newline) {
        if (object.members().isEmpty()) {
            text.append("{}");
            return;
        }
        String inner = newline + "  ";
        char before = '{';
        for (Map.Entry<String, Object> member : object.members().entrySet()) {
            text.append(before).append(inner);
            string(member.getKey());
            text.append(": ");
            value(member.getValue(), inner);
            before = ',';
        }
        text.append(newline).append('}');
    }

    private void list(List<?> list, String newline) {
        if (list.isEmpty()) {
            text.append("[]");
            return;
        }
        String inner = newline + "  ";
        char before = '[';
        for (Object element : list) {
            text.append(before).append(inner);
            value(element, inner);
            before = ',';
        }
        text.append(newline).append(']');
    }

    private void string(String raw) {
        String string = ByteText.printable(raw);
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                text.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
