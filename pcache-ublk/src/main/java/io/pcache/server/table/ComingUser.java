package io.pcache.server.table;

import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.Registry;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Finds the device that goes on with a disk as soon as it has a target again, and holds nothing until then. */
public final class ComingUser {
    private ComingUser() {}

    /**
     * For who holds the disk for itself.
     *
     * @param disk a block device or file; may be missing
     * @return what is to be said of the device; null where there is none
     */
    public static String lineOf(Registry registry, Path disk) throws ControlException {
        return line(registry.comingUser(test(disk)));
    }

    /** @param minor of the device that asks */
    public static String lineOf(Registry registry, int minor, LowerDevice disk) throws ControlException {
        return line(registry.bereftUser(minor, word -> isSame(disk, word)));
    }

    private static Predicate<String> test(Path disk) {
        try {
            LowerDevice lower = LowerDevice.onThisMachine(disk.toAbsolutePath().toString());
            return word -> isSame(lower, word);
        } catch (SystemCallException e) {
            // Nothing there yet: only its name tells it.
            Path place = place(disk);
            return word -> word.startsWith("/") && place(Path.of(word)).equals(place);
        }
    }

    private static Path place(Path file) {
        Path plain = file.toAbsolutePath().normalize();
        try {
            return plain.getParent() == null
                    ? plain
                    : plain.getParent().toRealPath().resolve(plain.getFileName());
        } catch (IOException e) {
            return plain;
        }
    }

    private static String line(Device user) {
        return user == null ? null : "device " + user.orphanLine();
    }

    private static boolean isSame(LowerDevice lower, String word) {
        try {
            return LowerDevice.onThisMachine(word).overlaps(lower);
        } catch (SystemCallException e) {
            // Not there any more, or no device at all.
            return false;
        }
    }
}
