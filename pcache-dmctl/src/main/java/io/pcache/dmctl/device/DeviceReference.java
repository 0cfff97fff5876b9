package io.pcache.dmctl.device;

import io.pcache.control.TableHelp;

/**
 * How a command names a device: by name, by uuid or by number. The other two are null and -1.
 *
 * @param name stored form
 * @param uuid stored form
 * @param shown what stands before the device's lines where several are shown
 */
public record DeviceReference(String name, String uuid, int major, int minor, String shown) {
    private static final String LIST = ": 'pcachectl ls' lists the devices there are";

    public static DeviceReference byName(String storedName, String shown) {
        return new DeviceReference(storedName, null, -1, -1, shown);
    }

    public static DeviceReference byUuid(String storedUuid) {
        return new DeviceReference(null, storedUuid, -1, -1, "");
    }

    public static DeviceReference byNumber(int major, int minor) {
        return new DeviceReference(null, null, major, minor, "");
    }

    /** What is said where there is no such device. */
    public String missingLine() {
        if (uuid != null) {
            return "pcache: no device of this user has the uuid " + TableHelp.quoted(uuid)
                    + ": 'pcachectl info -c -o name,uuid' lists them";
        }
        return major < 0
                ? "pcache: no device of this user is called " + TableHelp.quoted(name) + LIST
                : "pcache: no device of this user has the number " + major + ":" + minor + LIST;
    }

    /** The name for libdevmapper's line about a failure; empty unless the device was named by it. */
    public String failureName() {
        return name == null ? "" : name;
    }

    /** What stands behind the name in libdevmapper's line about a failure. */
    public String failureId() {
        if (uuid != null) {
            return uuid;
        }
        return major < 0 ? "" : "(" + major + ":" + minor + ")";
    }
}
