package io.pcache.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object: members in order, each a string, integer, float, boolean, object, or a list of these. Getters return
 * the fallback for a member that is missing or null. They throw {@link IllegalArgumentException} with a line for people
 * where a member has another type.
 *
 * <p>Not safe for use by several threads while members are added.
 */
public final class JsonObject {
    private final Map<String, Object> members = new LinkedHashMap<>();

    public JsonObject put(String name, String value) {
        return set(name, value);
    }

    public JsonObject put(String name, long value) {
        return set(name, value);
    }

    public JsonObject put(String name, double value) {
        return set(name, value);
    }

    public JsonObject put(String name, boolean value) {
        return set(name, value);
    }

    public JsonObject put(String name, JsonObject value) {
        return set(name, value);
    }

    /** @param values strings, longs, doubles, booleans, {@code JsonObject}s or lists of these */
    public JsonObject put(String name, List<?> values) {
        return set(name, values);
    }

    /** Adds a member; a null value leaves the member out. */
    JsonObject set(String name, Object value) {
        if (value != null) {
            members.put(name, value);
        }
        return this;
    }

    public boolean has(String name) {
        return members.containsKey(name);
    }

    /** The members in order; values are of the types that {@link #put} takes. */
    public Map<String, Object> members() {
        return Collections.unmodifiableMap(members);
    }

    public String string(String name, String fallback) {
        Object value = members.get(name);
        if (value == null) {
            return fallback;
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrongType(name, "a string");
    }

    public long number(String name, long fallback) {
        Object value = members.get(name);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Long number) {
            return number;
        }
        throw wrongType(name, "an integer");
    }

    public boolean flag(String name) {
        Object value = members.get(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(name, "true or false");
    }

    /** The object of a member; null where there is none. */
    public JsonObject object(String name) {
        Object value = members.get(name);
        if (value == null || value instanceof JsonObject) {
            return (JsonObject) value;
        }
        throw wrongType(name, "an object");
    }

    /** The objects of a member; empty where there are none. */
    public List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : list(name)) {
            if (!(element instanceof JsonObject object)) {
                throw wrongType(name, "a list of objects");
            }
            objects.add(object);
        }
        return objects;
    }

    /** The strings of a member; empty where there are none. */
    public List<String> strings(String name) {
        List<String> strings = new ArrayList<>();
        for (Object element : list(name)) {
            if (!(element instanceof String text)) {
                throw wrongType(name, "a list of strings");
            }
            strings.add(text);
        }
        return strings;
    }

    /** The numbers of a member; empty where there are none. */
    public long[] numbers(String name) {
        List<?> list = list(name);
        long[] numbers = new long[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i) instanceof Long number)) {
                throw wrongType(name, "a list of integers");
            }
            numbers[i] = number;
        }
        return numbers;
    }

    private List<?> list(String name) {
        Object value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw wrongType(name, "a list");
    }

    private static IllegalArgumentException wrongType(String name, String wanted) {
        return new IllegalArgumentException("'" + name + "' must be " + wanted);
    }

    /** The JSON text, on one line. */
    @Override
    public String toString() {
        return JsonCodec.text(this);
    }
}
