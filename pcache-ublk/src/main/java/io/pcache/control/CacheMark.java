package io.pcache.control;

/**
 * Which cache a device has: a target that takes the device over must come to the same one. The path in the table may
 * lead to another by then.
 *
 * @param device what the cache's file or block device is, as {@code FileStatus.identity} says; empty where that was not
 *     noted
 * @param uuid of the cache, from its identity record; empty without one
 */
public record CacheMark(String device, String uuid) {
    /** Of a device whose target noted nothing: any cache will do, but there must be one. */
    public static final CacheMark UNKNOWN = new CacheMark("", "");

    /** What tells that this is another cache than a successor finds; null if nothing does. */
    public String difference(CacheMark found) {
        if (!device.isEmpty() && !device.equals(found.device)) {
            return "it is another file or device than the one that the device had";
        }
        if (!uuid.isEmpty() && !uuid.equals(found.uuid)) {
            return found.uuid.isEmpty()
                    ? "it does not have the identity of the cache that the device had (" + uuid + ")"
                    : "it is the cache " + found.uuid + ", and the device had the cache " + uuid;
        }
        return null;
    }
}
