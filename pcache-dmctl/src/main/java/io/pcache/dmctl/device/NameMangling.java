package io.pcache.dmctl.device;

import io.pcache.control.ByteText;
import io.pcache.control.DeviceName;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.options.Options.NameMode;

/**
 * Turns what users type into stored names and uuids, and back. Refusals are in libdevmapper's words. {@code my disk} is
 * stored as {@code my\x20disk}. In mode auto, a text may be encoded already. In mode hex, the backslash is a character
 * like any other. In mode none, names are shown as they are stored.
 */
public final class NameMangling {
    private static final String LONGEST_NAME = "pcache: a name has at most " + DeviceName.MAX_NAME_BYTES + " bytes";

    private final NameMode mode;

    public NameMangling(NameMode mode) {
        this.mode = mode;
    }

    /** The stored name of a device that is looked up or created. */
    public String name(String text) throws CommandFailure {
        if (bytes(text) > DeviceName.MAX_NAME_BYTES) {
            throw new CommandFailure("Name \"" + text + "\" too long.", LONGEST_NAME);
        }
        return stored(text, "name", DeviceName.MAX_NAME_BYTES, "Failed to mangle device name \"" + text + "\".");
    }

    /** The stored form of a device's new name. */
    public String newName(String text) throws CommandFailure {
        if (text.indexOf('/') >= 0) {
            throw slash(text);
        }
        if (bytes(text) > DeviceName.MAX_NAME_BYTES) {
            throw new CommandFailure("Name \"" + text + "\" too long", LONGEST_NAME);
        }
        return stored(text, "new name", DeviceName.MAX_NAME_BYTES, "Failed to mangle new device name \"" + text + "\"");
    }

    public String uuid(String text) throws CommandFailure {
        return stored(text, "UUID", DeviceName.MAX_UUID_BYTES, "Failed to mangle device uuid \"" + text + "\".");
    }

    /** The stored form of a device's new uuid. */
    public String newUuid(String text) throws CommandFailure {
        if (bytes(text) > DeviceName.MAX_UUID_BYTES) {
            throw new CommandFailure(
                    "Uuid \"" + text + "\" too long",
                    "pcache: a uuid has at most " + DeviceName.MAX_UUID_BYTES + " bytes");
        }
        return stored(text, "new UUID", DeviceName.MAX_UUID_BYTES, "Failed to mangle new device uuid \"" + text + "\"");
    }

    public static CommandFailure slash(String name) {
        return new CommandFailure(
                "Name \"" + name + "\" invalid. It contains \"/\".",
                "pcache: a name is not a path: a device called demo gets the path /dev/mapper/demo by itself");
    }

    private String stored(String text, String what, int limit, String conclusion) throws CommandFailure {
        String stored = mode == NameMode.HEX ? DeviceName.mangleHex(text) : mangle(text);
        if (stored == null) {
            throw new CommandFailure(
                    "The " + what + " \"" + text
                            + "\" contains mixed mangled and unmangled characters or it's already mangled improperly.",
                    conclusion,
                    "pcache: write the " + what
                            + " as it is to be shown: its blanks and other characters are encoded as \\xHH for "
                            + "you, all of them or none");
        }
        if (stored.length() > limit) {
            throw new CommandFailure(
                    "Mangled form of the " + what + " too long for \"" + text + "\".",
                    conclusion,
                    "pcache: each character that has to be encoded counts as 4 bytes, of at most " + limit);
        }
        return stored;
    }

    /**
     * Null where encoded characters mix with others that would have to be encoded. libdevmapper counts every {@code \x}
     * as the beginning of an encoded character.
     */
    private static String mangle(String text) {
        String stored = DeviceName.mangle(text);
        boolean mixed = stored != null && text.contains("\\x") && !stored.equals(text);
        return mixed ? null : stored;
    }

    private static int bytes(String text) {
        return ByteText.encode(text).length;
    }

    /** A stored name or uuid in the form for people. */
    public String show(String stored) {
        return mode == NameMode.NONE ? stored : DeviceName.unmangle(stored);
    }
}
