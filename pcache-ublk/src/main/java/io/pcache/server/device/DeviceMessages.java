package io.pcache.server.device;

import io.pcache.control.ArgumentWords;
import io.pcache.control.ControlException;
import io.pcache.server.table.Table;
import io.pcache.server.table.Target;
import java.util.List;

/** Brings a message to device-mapper itself, or to a target of the live table. */
final class DeviceMessages {
    private static final String CANCEL_DEFERRED_REMOVE = "@cancel_deferred_remove";

    private DeviceMessages() {}

    /**
     * @param live null without a table
     * @param cancelDeferredRemove what the one message to device-mapper itself does
     */
    static void deliver(NameAndUuid identity, Table live, long sector, String text, Runnable cancelDeferredRemove)
            throws ControlException {
        List<String> words = ArgumentWords.split(text);
        if (words.isEmpty()) {
            throw identity.refusal("Empty message received.")
                    .with("pcache: for example: pcachectl message demo 0 gc_percent 70");
        }
        if (words.get(0).startsWith("@")) {
            checkCore(identity, words);
            cancelDeferredRemove.run();
            return;
        }
        if (live == null) {
            throw identity.refusal("The device has no table.")
                    .with("pcache: give the device a table first: load, then resume");
        }
        Target target = sector < 0 ? null : live.at(sector);
        if (target == null) {
            throw identity.refusal("Target message sector outside device.")
                    .with("pcache: sector 0 is right for a device of one line");
        }
        if (!target.takesMessages()) {
            throw identity.refusal("Target type does not support messages");
        }
        target.message(words);
    }

    private static void checkCore(NameAndUuid identity, List<String> words) throws ControlException {
        if (!words.get(0).equalsIgnoreCase(CANCEL_DEFERRED_REMOVE)) {
            throw identity.refusal("Unsupported message sent to DM core: " + words.get(0));
        }
        if (words.size() != 1) {
            throw identity.refusal("Invalid arguments for " + CANCEL_DEFERRED_REMOVE);
        }
    }
}
