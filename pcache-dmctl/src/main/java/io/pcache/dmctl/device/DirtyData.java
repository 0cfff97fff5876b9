package io.pcache.dmctl.device;

import io.pcache.control.Dependency;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.List;
import java.util.Locale;

/**
 * The data that a device's cache has and the backing device does not have, for people.
 *
 * @param bytes the size at the time of the question; write-back goes on
 * @param cache the cache device's path
 * @param backing the backing device's path
 */
public record DirtyData(long bytes, String cache, String backing) {
    private static final String UNITS = "KMGT";
    private static final int UNIT = 1024;

    /** Null for a device that has no cache, or that does not tell. */
    public static DirtyData of(NamedDevice device) {
        try {
            long bytes = device.stats(0).number("dirtyBytes", -1);
            List<Dependency> devices = device.deps(false);
            return bytes < 0 || devices.size() != 2
                    ? null
                    : new DirtyData(bytes, devices.get(1).path(), devices.get(0).path());
        } catch (CommandFailure e) {
            // The caller has something else to do, and fails there if the target is in trouble.
            return null;
        }
    }

    /** The size for people, such as {@code 8.2 MiB}. */
    public String size() {
        double value = bytes;
        int unit = -1;
        while (value >= UNIT && unit < UNITS.length() - 1) {
            value /= UNIT;
            unit++;
        }
        return unit < 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit));
    }
}
