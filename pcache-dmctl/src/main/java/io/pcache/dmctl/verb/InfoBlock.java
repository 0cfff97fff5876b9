package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.DirtyData;
import io.pcache.dmctl.device.NameMangling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A device's state in lines, as {@code info} prints it. */
final class InfoBlock {
    private static final String ANONYMOUS = "RssAnon:";
    private static final int KIB_IN_MIB_BITS = 10;

    private InfoBlock() {}

    /** As {@link #print(Call, DeviceInfo, DirtyData, String)}, without a look into the cache. */
    static void print(Call call, DeviceInfo info) {
        print(call, info, null, "");
    }

    /**
     * Prints the block, and the blank line that ends the block. On a terminal, the block also tells where the device
     * is, and which devices the cache is made of. Scripts find dmsetup's lines only.
     *
     * @param dirty null where dirty data is not to be told
     * @param cacheMode empty where the mode is not to be told
     */
    static void print(Call call, DeviceInfo info, DirtyData dirty, String cacheMode) {
        NameMangling mangling = call.mangling();
        StringBuilder text = new StringBuilder(256);
        text.append("Name:              ").append(mangling.show(info.name())).append('\n');
        text.append("State:             ")
                .append(info.pid() == 0 ? "DEAD" : info.suspended() ? "SUSPENDED" : "ACTIVE")
                .append(info.readOnly() ? " (READ-ONLY)" : "")
                .append(info.deferredRemove() ? " (DEFERRED REMOVE)" : "")
                .append('\n');
        if (info.readAhead() >= 0) {
            text.append("Read Ahead:        ").append(info.readAhead()).append('\n');
        }
        text.append("Tables present:    ").append(tables(info)).append('\n');
        text.append("Open count:        ").append(info.openCount()).append('\n');
        text.append("Event number:      ").append(info.eventNr()).append('\n');
        text.append("Major, minor:      ")
                .append(info.major())
                .append(", ")
                .append(info.minor())
                .append('\n');
        text.append("Number of targets: ").append(info.targets()).append('\n');
        if (!info.uuid().isEmpty()) {
            text.append("UUID: ").append(mangling.show(info.uuid())).append('\n');
        }
        if (call.invocation().terminal().present()) {
            line(text, info.path().isEmpty() ? "URI" : "Path", info.location());
            line(text, "Cache device", info.cache());
            line(text, "Backing device", info.backing());
            line(text, "Cache mode", cacheMode);
            line(
                    text,
                    "Dirty",
                    dirty == null
                            ? ""
                            : dirty.bytes() == 0
                                    ? "nothing"
                                    : dirty.size() + " that the backing device does not have yet");
            line(text, "Memory", memory(info.pid()));
        }
        call.out().print(text.append('\n'));
    }

    private static void line(StringBuilder text, String title, String value) {
        if (!value.isEmpty()) {
            text.append(String.format("%-19s", title + ":")).append(value).append('\n');
        }
    }

    /** The memory that the target's process has for itself; empty where that cannot be told. */
    private static String memory(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith(ANONYMOUS)) {
                    return (Long.parseLong(line.replaceAll("[^0-9]", "")) >> KIB_IN_MIB_BITS) + " MiB in process " + pid
                            + ", besides the cache device's own pages";
                }
            }
        } catch (IOException e) {
            // The process is gone, or is another user's.
        }
        return "";
    }

    private static String tables(DeviceInfo info) {
        if (info.live()) {
            return info.inactive() ? "LIVE & INACTIVE" : "LIVE";
        }
        return info.inactive() ? "INACTIVE" : "None";
    }
}
