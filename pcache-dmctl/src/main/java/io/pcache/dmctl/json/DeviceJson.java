package io.pcache.dmctl.json;

import io.pcache.control.Dependency;
import io.pcache.control.Device;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceName;
import io.pcache.control.DeviceProblem;
import io.pcache.control.DeviceStatus;
import io.pcache.control.JsonObject;
import io.pcache.control.SettingsJson;
import io.pcache.control.TableLine;
import java.util.ArrayList;
import java.util.List;

/** The objects that queries print as JSON. */
public final class DeviceJson {
    private static final int STATUS_FIELDS = 9;

    private DeviceJson() {}

    /** {@code name}, {@code uuid} (absent without one), {@code major}, {@code minor}. */
    public static JsonObject entry(Device device, int major) {
        return identity(device.name(), device.uuid()).put("major", major).put("minor", device.minor());
    }

    /**
     * The members of {@link #entry}; and {@code dead} of a device whose target has died and does not come back by
     * itself.
     */
    public static JsonObject listed(Device device, int major) {
        JsonObject json = entry(device, major);
        return device.isOrphan() ? json.put("dead", true) : json;
    }

    private static JsonObject identity(String storedName, String storedUuid) {
        JsonObject json = new JsonObject().put("name", DeviceName.unmangle(storedName));
        if (!storedUuid.isEmpty()) {
            json.put("uuid", DeviceName.unmangle(storedUuid));
        }
        return json;
    }

    /** All that {@code info} knows. A member that does not apply is absent. */
    public static JsonObject info(DeviceInfo info) {
        JsonObject json = identity(info.name(), info.uuid());
        boolean dead = info.pid() == 0;
        info.toJson().members().forEach((name, value) -> {
            if (!name.equals("name") && !name.equals("uuid") && !(dead && name.equals("pid"))) {
                put(json, name, value);
            }
        });
        if (dead) {
            json.put("dead", true);
        }
        return json;
    }

    /** {@code name} and {@code stats}: a target's counters, without the members of the reply itself. */
    public static JsonObject stats(String shownName, JsonObject reply) {
        return new JsonObject().put("name", shownName).put("stats", counters(reply));
    }

    /** {@code name}, {@code info} as {@link #info} has it, and {@code stats} as {@link #stats} has it. */
    public static JsonObject metrics(String shownName, DeviceInfo info, JsonObject reply) {
        return new JsonObject().put("name", shownName).put("info", info(info)).put("stats", counters(reply));
    }

    private static JsonObject counters(JsonObject reply) {
        JsonObject json = new JsonObject();
        reply.members().forEach((name, value) -> {
            if (!name.equals("v") && !name.equals("ok")) {
                put(json, name, value);
            }
        });
        return json;
    }

    /** A reply has members of few types; see {@link JsonObject}. */
    private static void put(JsonObject json, String name, Object value) {
        if (value instanceof String text) {
            json.put(name, text);
        } else if (value instanceof Boolean flag) {
            json.put(name, flag);
        } else if (value instanceof Double number) {
            json.put(name, number.doubleValue());
        } else if (value instanceof Number number) {
            json.put(name, number.longValue());
        } else if (value instanceof List<?> list) {
            json.put(name, list);
        } else if (value instanceof JsonObject object) {
            json.put(name, object);
        }
    }

    /** {@code name} and {@code lines}, each {@code start}, {@code length}, {@code type}, {@code args}. */
    public static JsonObject table(String shownName, List<TableLine> lines) {
        return new JsonObject().put("name", shownName).put("lines", TableLine.toJson(lines));
    }

    /**
     * The members of {@link #table}; a pcache line also has the fields of its status by name. Without problems,
     * {@code problems} and {@code problem_codes} are absent.
     */
    public static JsonObject status(String shownName, List<TableLine> lines, DeviceStatus status) {
        List<JsonObject> objects = TableLine.toJson(lines);
        for (int i = 0; i < objects.size(); i++) {
            if (lines.get(i).type().equals("pcache")) {
                addStatusFields(objects.get(i), lines.get(i).args().split(" "));
            }
        }
        JsonObject json = new JsonObject().put("name", shownName).put("lines", objects);
        if (status.settings() != null) {
            json.put(SettingsJson.KEY, SettingsJson.of(status.settings()));
        }
        if (!status.logLevel().isEmpty()) {
            json.put("log_level", status.logLevel());
        }
        return DeviceProblem.put(json, "problem_codes", status.problems());
    }

    private static void addStatusFields(JsonObject line, String[] words) {
        if (words.length < STATUS_FIELDS) {
            return;
        }
        line.put("sb_flags", Long.parseLong(words[0], 16))
                .put("seg_total", Long.parseLong(words[1]))
                .put("cache_segs", Long.parseLong(words[2]))
                .put("segs_used", Long.parseLong(words[3]))
                .put("gc_percent", Long.parseLong(words[4]))
                .put("cache_flags", Long.parseLong(words[5], 16))
                .put("key_head", position(words[6]))
                .put("dirty_tail", position(words[7]))
                .put("key_tail", position(words[8]));
    }

    private static JsonObject position(String word) {
        int colon = word.indexOf(':');
        return new JsonObject()
                .put("segment", Long.parseLong(word.substring(0, colon)))
                .put("offset", Long.parseLong(word.substring(colon + 1)));
    }

    /**
     * {@code name} and {@code devices}, each {@code path}, {@code name} and, for a device, {@code major} and
     * {@code minor}.
     */
    public static JsonObject dependencies(String shownName, List<Dependency> dependencies) {
        List<JsonObject> devices = new ArrayList<>();
        for (Dependency dependency : dependencies) {
            devices.add(dependency.toJson());
        }
        return new JsonObject().put("name", shownName).put("devices", devices);
    }
}
