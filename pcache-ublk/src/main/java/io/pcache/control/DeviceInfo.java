package io.pcache.control;

/**
 * What {@code info} tells of a device.
 *
 * @param name stored (mangled) form
 * @param uuid stored form; empty without one
 * @param major {@link Registry#MAJOR}, of the mapped device in pcache's numbering, not the kernel's
 * @param minor of the mapped device in pcache's numbering
 * @param suspended whether new requests are held
 * @param readOnly whether the live table is read-only
 * @param deferredRemove whether the device goes at last close
 * @param live whether the device has a live table
 * @param inactive whether the device has an inactive table
 * @param targets the number of lines of the live table, or of the inactive table where that was asked for
 * @param openCount the number of clients that have the device open
 * @param eventNr a number that rises with every event
 * @param readAhead sectors; -1 until a table has been loaded
 * @param sectors the size of the live table
 * @param path block device node; empty where there is none
 * @param uri NBD address; empty where there is none
 * @param frontEnd {@code "nbd"} or {@code "ublk"}; before the first resume, the kind that it will be
 * @param pid of the target process
 * @param cache the live table's cache device in one line for people; empty without one
 * @param backing the live table's backing device in one line for people; empty without one
 * @param activity what the target is busy with before the device is there or has its next table
 */
public record DeviceInfo(
        String name,
        String uuid,
        int major,
        int minor,
        boolean suspended,
        boolean readOnly,
        boolean deferredRemove,
        boolean live,
        boolean inactive,
        int targets,
        int openCount,
        long eventNr,
        long readAhead,
        long sectors,
        String path,
        String uri,
        String frontEnd,
        long pid,
        String cache,
        String backing,
        Activity activity) {

    /** Where clients find the device: the node's path or the NBD address; empty before the first resume. */
    public String location() {
        return path.isEmpty() ? uri : path;
    }

    public static DeviceInfo fromJson(JsonObject json) {
        return new DeviceInfo(
                json.string("name", ""),
                json.string("uuid", ""),
                (int) json.number("major", 0),
                (int) json.number("minor", 0),
                json.flag("suspended"),
                json.flag("readOnly"),
                json.flag("deferredRemove"),
                json.flag("live"),
                json.flag("inactive"),
                (int) json.number("targets", 0),
                (int) json.number("openCount", 0),
                json.number("eventNr", 0),
                json.number("readAhead", -1),
                json.number("sectors", 0),
                json.string("path", ""),
                json.string("uri", ""),
                json.string("frontend", ""),
                json.number("pid", 0),
                json.string("cache", ""),
                json.string("backing", ""),
                Activity.fromJson(json.object("activity")));
    }

    /** The members of the reply; members that do not apply are left out. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("name", name)
                .put("uuid", uuid)
                .put("major", major)
                .put("minor", minor)
                .put("suspended", suspended)
                .put("readOnly", readOnly)
                .put("deferredRemove", deferredRemove)
                .put("live", live)
                .put("inactive", inactive)
                .put("targets", targets)
                .put("openCount", openCount)
                .put("eventNr", eventNr);
        if (readAhead >= 0) {
            json.put("readAhead", readAhead);
        }
        json.put("sectors", sectors);
        putUnlessEmpty(json, "path", path);
        putUnlessEmpty(json, "uri", uri);
        json.put("frontend", frontEnd).put("pid", pid);
        putUnlessEmpty(json, "cache", cache);
        putUnlessEmpty(json, "backing", backing);
        if (activity.any()) {
            json.put("activity", activity.toJson());
        }
        return json;
    }

    private static void putUnlessEmpty(JsonObject json, String name, String value) {
        if (!value.isEmpty()) {
            json.put(name, value);
        }
    }
}
