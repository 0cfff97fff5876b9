package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * Where devices have their run-time files.
 *
 * <pre>
 *   /run/pcache                    $XDG_RUNTIME_DIR/pcache for users other than root; $PCACHE_RUN_DIR overrides both
 *     NAME -> control/0            a device's name (stored form); a rename moves only this link, sockets stay in place
 *     control                      "control" cannot be a device's name
 *       lock                       held while names, uuids and minors are looked at and changed
 *       0                          a device, by minor: paths are short enough for a socket address, whatever the name
 *         incarnation              names this reservation of the minor: tells a target that starts late whether the
 *                                  target is still wanted
 *         creating                 held by the creator until the device is complete, then deleted; if the file is there
 *                                  and nobody holds it, nobody wants the device
 *         lock                     held by the target while the target lives; the target's process number is inside
 *         uuid                     absent without one
 *         control.sock, nbd.sock   mode 0600
 *         command, supervisor.sh   how the target is started, and what starts the target
 *         supervisor               what starts a target again if the target dies: process number and start time
 *         started                  made by the supervisor, each time that it starts a target
 *         backing-MAJ:MIN          for udev: the number of a backing device of the device
 *         recover                  what a successor of this target needs; absent without a block device node
 *         log, log.1, console      what the target said; console is what the JVM itself printed
 *       died                       log, console and the JVM's error file of the last target that died while its device
 *                                  was being created
 *       carry-over                 by cache device: acknowledged writes of a killed target, for the next target on the
 *                                  same cache device, whatever its name; and a link to the cache device
 * </pre>
 *
 * All directories are mode 0700 and must belong to the user. Nothing here survives a reboot.
 */
public final class RunDirectory {
    static final int MAX_SOCKET_PATH_BYTES = 107;
    /** Space for what a target cannot start without: scripts, logs, an unpacked library of 200 KiB. */
    private static final long ROOM_BYTES = 1 << 20;

    private final Path root;

    public RunDirectory(Path root) {
        this.root = root;
    }

    /** @throws ControlException when the user has no run-time directory */
    static RunDirectory standard() throws ControlException {
        return of(System.getenv(), userId());
    }

    static RunDirectory of(Map<String, String> environment, int userId) throws ControlException {
        String override = environment.getOrDefault("PCACHE_RUN_DIR", "");
        if (!override.isEmpty()) {
            Path root = path("PCACHE_RUN_DIR", override);
            if (!root.isAbsolute()) {
                throw new ControlException(
                        Errno.EINVAL,
                        "pcache: PCACHE_RUN_DIR=" + override
                                + ": not an absolute path: a command from another directory would see other "
                                + "devices (-EINVAL)");
            }
            checkUsable(root);
            return new RunDirectory(root);
        }
        if (userId == 0) {
            return new RunDirectory(Path.of("/run/pcache"));
        }
        String userDirectory = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (userDirectory.isEmpty()) {
            throw new ControlException(
                    Errno.ENOENT, "pcache: no place for sockets: set PCACHE_RUN_DIR or XDG_RUNTIME_DIR (-ENOENT)");
        }
        if (!userDirectory.startsWith("/")) {
            // As the XDG Base Directory Specification demands.
            throw new ControlException(
                    Errno.ENOENT,
                    "pcache: no place for sockets: XDG_RUNTIME_DIR=" + userDirectory
                            + " is ignored, since it is not an absolute path: make it one, or set "
                            + "PCACHE_RUN_DIR (-ENOENT)");
        }
        return new RunDirectory(path("XDG_RUNTIME_DIR", userDirectory).resolve("pcache"));
    }

    private static Path path(String variable, String value) throws ControlException {
        try {
            if (!isGarbled(Path.of(value).toAbsolutePath().toString())) {
                return Path.of(value);
            }
        } catch (InvalidPathException e) {
            throw new ControlException(
                    Errno.EILSEQ,
                    e,
                    "pcache: " + variable + "=" + value + ": cannot be the name of a directory: " + e.getReason()
                            + " (-EILSEQ)");
        }
        throw new ControlException(
                Errno.EILSEQ, "pcache: " + variable + "=" + value + ": it holds bytes that are not UTF-8 (-EILSEQ)");
    }

    /**
     * Whether a value that the JVM took from the environment differs from the real value: the JVM puts U+FFFD in the
     * place of each byte that is not UTF-8.
     */
    public static boolean isGarbled(String value) {
        return value.indexOf('\ufffd') >= 0;
    }

    /**
     * Checks the root. A root that is not there yet may come to be. A root that is no directory, or that belongs to
     * another user, never has devices of this user.
     */
    static void checkUsable(Path root) throws ControlException {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new ControlException(
                    Errno.ENOTDIR, "pcache: PCACHE_RUN_DIR=" + root + ": not a directory (-ENOTDIR)");
        }
        for (Path folder = root; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder)) {
                if (!Files.isDirectory(folder)
                        || !Files.isExecutable(folder)
                        || folder.equals(root) && !Files.isReadable(folder)) {
                    throw new ControlException(
                            Files.isDirectory(folder) ? Errno.EACCES : Errno.ENOTDIR,
                            "pcache: PCACHE_RUN_DIR=" + root + ": "
                                    + (Files.isDirectory(folder)
                                            ? "permission denied (-EACCES)"
                                            : folder + " is not a directory (-ENOTDIR)"));
                }
                return;
            }
        }
    }

    /** The user of this process. */
    static int userId() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not mounted", e);
        }
    }

    public Path root() {
        return root;
    }

    public Path link(String storedName) {
        return root.resolve(storedName);
    }

    Path control() {
        return root.resolve("control");
    }

    Path lock() {
        return control().resolve("lock");
    }

    public Path device(int minor) {
        return control().resolve(Integer.toString(minor));
    }

    /** The folder for acknowledged writes of killed targets, which the next target on the same cache device takes. */
    public Path carryOver() {
        return control().resolve("carry-over");
    }

    /** The folder of the logs of the last target that died while its device was being created. */
    Path died() {
        return control().resolve("died");
    }

    /** The content of a link to a device. */
    static Path linkTarget(int minor) {
        return Path.of("control", Integer.toString(minor));
    }

    /** The minor that a name leads to; -1 where the name is no device. */
    int minorOf(String storedName) {
        try {
            Path target = Files.readSymbolicLink(link(storedName));
            return target.getNameCount() == 2 && target.startsWith("control")
                    ? parseMinor(target.getFileName().toString())
                    : -1;
        } catch (IOException | UnsupportedOperationException e) {
            return -1;
        }
    }

    /** The minor that a text stands for; -1 where the text is no minor in the form that this class writes. */
    static int parseMinor(String text) {
        if (text.isEmpty() || text.length() > 7 || text.length() > 1 && text.charAt(0) == '0') {
            return -1;
        }
        int minor = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            minor = minor * 10 + c - '0';
        }
        return minor <= Registry.MAX_MINOR ? minor : -1;
    }

    /**
     * The path of the NBD socket: by the name that people know, or by minor where the name is too long for a socket
     * address.
     */
    public Path nbdSocket(String storedName, int minor) {
        Path byName = link(storedName).resolve("nbd.sock");
        return byName.toString().length() <= MAX_SOCKET_PATH_BYTES
                ? byName
                : device(minor).resolve("nbd.sock");
    }

    /** Makes the directories, or checks those that are there. */
    void prepare() throws ControlException {
        checkPlace();
        privateDirectory(root);
        privateDirectory(control());
        privateDirectory(carryOver());
    }

    /** Tells what {@link #prepare} would refuse, as far as that shows without making anything. */
    void checkPrepared() throws ControlException {
        checkPlace();
        try {
            for (Path folder : new Path[] {root, control(), carryOver()}) {
                if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                    checkPrivate(folder);
                }
            }
        } catch (IOException e) {
            throw ControlException.ofFile("cannot look at a directory", e);
        }
        Path parent = root.getParent();
        if (Files.notExists(root) && parent != null) {
            if (Files.notExists(parent)) {
                throw noParent(root, null);
            }
            if (!Files.isWritable(parent)) {
                throw notPermitted(root, null);
            }
        }
    }

    private static ControlException noParent(Path directory, IOException cause) {
        return new ControlException(
                Errno.ENOENT,
                cause,
                "pcache: cannot make " + directory + ": there is no " + directory.getParent() + " (-ENOENT)");
    }

    private static ControlException notPermitted(Path directory, IOException cause) {
        return new ControlException(
                Errno.EACCES, cause, "pcache: cannot make " + directory + ": permission denied (-EACCES)");
    }

    private void checkPlace() throws ControlException {
        if (device(Registry.MAX_MINOR).resolve("control.sock").toString().length() > MAX_SOCKET_PATH_BYTES) {
            throw new ControlException(
                    Errno.EINVAL, "pcache: " + root + ": path too long for a socket address (-EINVAL)");
        }
        requireRoom();
    }

    /**
     * Checks that there is room. A device that gets only half of its files fails in ways that say little about the
     * reason.
     */
    private void requireRoom() throws ControlException {
        Path there = root;
        while (there.getParent() != null && Files.notExists(there)) {
            there = there.getParent();
        }
        File folder = there.toFile();
        // A tmpfs without a limit says that it has no blocks at all.
        if (folder.getTotalSpace() > 0 && folder.getUsableSpace() < ROOM_BYTES) {
            throw new ControlException(
                    Errno.ENOSPC,
                    "pcache: no space left on the file system of " + root + ": " + folder.getUsableSpace()
                            + " bytes, and a device needs " + ROOM_BYTES
                            + " for its run-time files: free some, or set PCACHE_RUN_DIR to a directory on "
                            + "another (-ENOSPC)");
        }
    }

    private static void privateDirectory(Path directory) throws ControlException {
        try {
            try {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                checkPrivate(directory);
            }
        } catch (NoSuchFileException e) {
            throw noParent(directory, e);
        } catch (AccessDeniedException e) {
            throw notPermitted(directory, e);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot make a directory", e);
        }
    }

    /** Checks that only the user can write to a directory: others could put a socket of theirs in a device's place. */
    private static void checkPrivate(Path directory) throws IOException, ControlException {
        int owner = (Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || owner != userId() || (mode & 0022) != 0) {
            throw new ControlException(
                    Errno.EACCES,
                    "pcache: " + directory
                            + " must be a directory of this user that nobody else can write to (-EACCES)");
        }
    }
}
