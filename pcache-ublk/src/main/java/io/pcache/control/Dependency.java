package io.pcache.control;

/**
 * A device that a table uses.
 *
 * @param path the path in the table, resolved
 * @param major of a block or character device; -1 for a regular file
 * @param minor of a block or character device; -1 for a regular file
 * @param name the kernel's name of a device (loop0), or a file's last path element
 */
public record Dependency(String path, int major, int minor, String name) {

    public boolean isDevice() {
        return major >= 0;
    }

    public static Dependency fromJson(JsonObject object) {
        return new Dependency(
                object.string("path", ""),
                (int) object.number("major", -1),
                (int) object.number("minor", -1),
                object.string("name", ""));
    }

    public JsonObject toJson() {
        JsonObject object = new JsonObject().put("path", path);
        if (isDevice()) {
            object.put("major", major).put("minor", minor);
        }
        return object.put("name", name);
    }
}
