package io.pcache.control;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares the disks that a living target has open with the disks that the words of its table mean now. A successor
 * opens the words: where a disk has moved, the successor would be refused, or would take another disk for it.
 */
final class OpenDisks {
    private static final String TYPE = "pcache";
    private static final int DISKS = 2;

    private OpenDisks() {}

    /**
     * @throws ControlException ENOENT or EBUSY where a word of the live table does not lead to a disk that the target
     *     has open. Nothing is thrown where the device has no target
     */
    static void requireUnchanged(Device device) throws ControlException, IOException {
        long pid = device.targetPid();
        if (pid == 0) {
            return;
        }
        Set<String> open = identities(pid);
        for (TableLine line : Supervision.table(device.directory())) {
            if (line.type().equals(TYPE)) {
                List<String> words = ArgumentWords.split(line.args());
                for (String word : words.subList(0, Math.min(DISKS, words.size()))) {
                    requireOpen(device, word, open);
                }
            }
        }
    }

    private static Set<String> identities(long pid) throws IOException {
        Set<String> identities = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    identities.add(
                            SystemCalls.linux().status(descriptor.toString()).identity());
                } catch (SystemCallException e) {
                    // Closed meanwhile, so the descriptor is not one of the disks.
                    continue;
                }
            }
        }
        return identities;
    }

    private static void requireOpen(Device device, String word, Set<String> open) throws ControlException {
        // A block device is identified by its number.
        Path place = word.startsWith("/") ? Path.of(word) : Path.of("/sys/dev/block", word);
        if (Files.notExists(place)) {
            throw refusal(device, Errno.ENOENT, word + " is gone, ", "put it back there", "-ENOENT");
        }
        if (!word.startsWith("/")) {
            return;
        }
        try {
            if (!open.contains(SystemCalls.linux().status(word).identity())) {
                throw refusal(
                        device,
                        Errno.EBUSY,
                        word + " is another file or device than the one that the target has open, ",
                        "put that one back there",
                        "-EBUSY");
            }
        } catch (SystemCallException e) {
            throw ControlException.ofFile("cannot look at " + word, e);
        }
    }

    private static ControlException refusal(Device device, int errno, String what, String remedy, String symbol) {
        return new ControlException(
                errno,
                device.displayName() + ": " + what + "so a new target would be refused; the old one stays and serves; "
                        + remedy + ", then restart (" + symbol + ")");
    }
}
