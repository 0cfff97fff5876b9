package io.pcache.control;

/**
 * Identifies the cache of a device. A target that takes the device over must find the same cache, but by then the path
 * in the table may lead to another cache.
 *
 * @param device identifies the cache's file or block device, as {@code FileStatus.identity} says; empty where the
 *     identity was not noted
 * @param uuid of the cache, from its identity record; empty without one
 */
public record CacheMark(String device, String uuid) {
    /** For a device whose target has noted nothing: any cache is accepted, but there must be a cache. */
    public static final CacheMark UNKNOWN = new CacheMark("", "");

    /** The difference between this cache and the cache that a successor has found; null if nothing differs. */
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
