package io.pcache.server.table;

import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.Registry;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Finds the device that will go on with a disk. Such a device has no target at the moment, and so holds no lock on the
 * disk.
 */
public final class ComingUser {
    private ComingUser() {}

    /**
     * For a caller that holds the disk itself.
     *
     * @param disk a block device or file; may be missing
     * @return what is to be said of the device that will go on with the disk; null without such a device
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
            // Nothing is there yet: only the name can tell the disk.
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
            // The device is not there any more, or the word never meant one.
            return false;
        }
    }
}
