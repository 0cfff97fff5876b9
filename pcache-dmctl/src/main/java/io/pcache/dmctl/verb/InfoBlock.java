package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.NameMangling;

/** A device's state in lines, as {@code info} prints it. */
final class InfoBlock {
    private InfoBlock() {
    }

    /** Prints the block, with the blank line that ends it. On a terminal it tells where the device is, too; scripts find dmsetup's lines only. */
    static void print(Call call, DeviceInfo info) {
        NameMangling mangling = call.mangling();
        StringBuilder text = new StringBuilder(256);
        text.append("Name:              ").append(mangling.show(info.name())).append('\n');
        text.append("State:             ").append(info.suspended() ? "SUSPENDED" : "ACTIVE").append(info.readOnly() ? " (READ-ONLY)" : "")
            .append(info.deferredRemove() ? " (DEFERRED REMOVE)" : "").append('\n');
        if (info.readAhead() >= 0) {
            text.append("Read Ahead:        ").append(info.readAhead()).append('\n');
        }
        text.append("Tables present:    ").append(tables(info)).append('\n');
        text.append("Open count:        ").append(info.openCount()).append('\n');
        text.append("Event number:      ").append(info.eventNr()).append('\n');
        text.append("Major, minor:      ").append(info.major()).append(", ").append(info.minor()).append('\n');
        text.append("Number of targets: ").append(info.targets()).append('\n');
        if (!info.uuid().isEmpty()) {
            text.append("UUID: ").append(mangling.show(info.uuid())).append('\n');
        }
        if (call.invocation().terminal().present() && !info.location().isEmpty()) {
            text.append(info.path().isEmpty() ? "URI:               " : "Path:              ").append(info.location()).append('\n');
        }
        call.out().print(text.append('\n'));
    }

    private static String tables(DeviceInfo info) {
        if (info.live()) {
            return info.inactive() ? "LIVE & INACTIVE" : "LIVE";
        }
        return info.inactive() ? "INACTIVE" : "None";
    }
}
