package io.pcache.server.table;

import io.pcache.claim.DeviceLayers;
import io.pcache.control.ArgumentWords;
import io.pcache.control.Dependency;
import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A device below a mapped device, cache device or backing device: what a word of a table means, which is an absolute
 * path, or {@code MAJ:MIN} of a block device.
 *
 * @param path to open
 * @param status of what the path leads to
 * @param kernelName of a block device, where sysfs tells the name; else empty
 */
public record LowerDevice(String path, FileStatus status, String kernelName) {

    /** Finds what a word of a table means. */
    public interface Resolver {
        /**
         * @throws SystemCallException ENOENT for a path that is not there or is relative, ENXIO for a number without a
         *     device, ENOTBLK for what can carry no blocks
         */
        LowerDevice resolve(String word) throws SystemCallException;
    }

    /** What the word means on this machine. */
    public static LowerDevice onThisMachine(String word) throws SystemCallException {
        return resolve(SystemCalls.linux(), word);
    }

    private static LowerDevice resolve(SystemCalls calls, String word) throws SystemCallException {
        int colon = word.indexOf(':');
        if (colon > 0 && isNumber(word.substring(0, colon)) && isNumber(word.substring(colon + 1))) {
            return byNumber(calls, word);
        }
        if (!word.startsWith("/")) {
            throw new SystemCallException(Errno.ENOENT, "open", word);
        }
        FileStatus status = calls.status(word);
        if (!status.isBlockDevice() && !status.isRegularFile() && !status.isCharacterDevice()) {
            throw new SystemCallException(Errno.ENOTBLK, "open", word);
        }
        return new LowerDevice(word, status, status.isBlockDevice() ? kernelName(status.deviceNumber()) : "");
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 7 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static LowerDevice byNumber(SystemCalls calls, String number) throws SystemCallException {
        String name = kernelName(number);
        if (!name.isEmpty()) {
            for (String path : new String[] {"/dev/" + name, "/dev/block/" + number}) {
                if (Files.exists(Path.of(path))) {
                    FileStatus status = calls.status(path);
                    if (status.isBlockDevice() && status.deviceNumber().equals(number)) {
                        return new LowerDevice(path, status, name);
                    }
                }
            }
        }
        throw new SystemCallException(Errno.ENXIO, "open", number);
    }

    /** The path under /dev that sysfs tells for a block device; empty where there is no such device. */
    private static String kernelName(String number) {
        try {
            for (String line : Files.readAllLines(Path.of("/sys/dev/block", number, "uevent"))) {
                if (line.startsWith("DEVNAME=")) {
                    return line.substring("DEVNAME=".length());
                }
            }
            return "";
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * Whether two devices share bytes, whatever their names are and whatever lies between: links, loop devices,
     * partitions of loop devices.
     */
    public boolean overlaps(LowerDevice other) {
        SystemCalls calls = SystemCalls.linux();
        return DeviceLayers.of(calls, path, status).overlaps(DeviceLayers.of(calls, other.path, other.status));
    }

    /** The word that {@code table} prints for the device: the number of a block device, else the path. */
    String tableWord() {
        return status.isBlockDevice() ? status.deviceNumber() : ArgumentWords.quote(path);
    }

    /** As {@link FileStatus#identity}. */
    String identity() {
        return status.identity();
    }

    Dependency dependency() {
        if (!status.isBlockDevice()) {
            return new Dependency(path, -1, -1, Path.of(path).getFileName().toString());
        }
        return new Dependency(
                path,
                status.rdevMajor(),
                status.rdevMinor(),
                kernelName.isEmpty() ? Path.of(path).getFileName().toString() : kernelName);
    }
}
