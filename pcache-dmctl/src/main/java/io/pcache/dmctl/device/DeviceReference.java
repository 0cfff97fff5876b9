package io.pcache.dmctl.device;

import io.pcache.control.TableHelp;

/**
 * How a command names a device: by name, by uuid or by number. What is not given is null, or -1 for the number.
 *
 * @param name stored form
 * @param uuid stored form
 * @param shown the name in front of the device's lines where several devices are shown
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

    /** The line that says that there is no such device. */
    public String missingLine() {
        if (uuid != null) {
            return "pcache: no device of this user has the uuid " + TableHelp.quoted(uuid)
                    + ": 'pcachectl info -c -o name,uuid' lists them";
        }
        return major < 0
                ? "pcache: no device of this user is called " + TableHelp.quoted(name) + LIST
                : "pcache: no device of this user has the number " + major + ":" + minor + LIST;
    }

    /** The name in libdevmapper's line about a failure; empty unless the command named the device by its name. */
    public String failureName() {
        return name == null ? "" : name;
    }

    /** The part behind the name in libdevmapper's line about a failure. */
    public String failureId() {
        if (uuid != null) {
            return uuid;
        }
        return major < 0 ? "" : "(" + major + ":" + minor + ")";
    }
}
