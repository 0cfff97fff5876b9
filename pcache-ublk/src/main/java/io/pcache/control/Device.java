package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * A device as the registry knows it, without asking its target.
 *
 * @param name stored form
 * @param uuid stored form; empty without one
 * @param minor in pcache's numbering, not the kernel's
 * @param directory of the device's run-time files
 */
public record Device(String name, String uuid, int minor, Path directory) {

    /** The name as people see it. */
    public String displayName() {
        return DeviceName.unmangle(name);
    }

    /** The name as a word of a shell's command line. */
    public String quotedName() {
        return ShellQuoting.quote(displayName());
    }

    public Path controlSocket() {
        return directory.resolve("control.sock");
    }

    public Path log() {
        return directory.resolve("log");
    }

    /** The output of the target's JVM, which may say why the target has ended. */
    public Path console() {
        return directory.resolve("console");
    }

    /** The target's process number, found without asking the target; 0 where the target does not live. */
    public long targetPid() {
        return LivenessLock.holder(directory.resolve("lock"));
    }

    /**
     * @throws ControlException EBUSY while a command creates or restarts the device: any change by another command
     *     would look like a failure to that command
     */
    public void requireSettled() throws ControlException {
        Path creating = Creation.file(directory);
        boolean held;
        try {
            held = LivenessLock.isHeld(creating);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot look at " + creating, e);
        }
        if (held) {
            long holder = LivenessLock.holder(creating);
            throw new ControlException(
                    Errno.EBUSY,
                    displayName() + ": it is being created or restarted" + (holder > 0 ? " by process " + holder : "")
                            + ": try again when that has ended (-EBUSY)");
        }
    }

    /**
     * Whether the device's target has died and does not come back by itself: {@link Registry#restart} brings it back.
     */
    public boolean isOrphan() {
        return Supervision.isOrphan(directory);
    }

    /** Whether a target can take the device over, or has taken it over. */
    public boolean isRecoverable() {
        return Supervision.isRecoverable(directory);
    }

    /** The line for people about an orphan, or about a device that is about to come up again. */
    public String orphanLine() {
        long stopped = Supervision.stoppedSupervisor(directory);
        if (stopped != 0) {
            return displayName() + ": its target has died, and its supervisor (pid " + stopped
                    + "), which starts another, is stopped: \"kill -CONT " + stopped
                    + "\" lets it go on, \"pcachectl remove " + quotedName() + "\" takes the device away";
        }
        if (Supervision.mayComeUp(directory)) {
            return displayName() + ": its target has died and is being started again; \"pcachectl remove "
                    + quotedName() + "\" takes the device away";
        }
        String failure = Supervision.failure(directory);
        return displayName() + ": its target has died; \"pcachectl restart " + quotedName()
                + "\" brings it back, \"pcachectl remove " + quotedName()
                + "\" takes it away"
                + (Supervision.supervisorLives(directory) ? "; it is started again and again, to no avail" : "")
                + (failure.isEmpty() ? "" : "; the last one did not come up: " + failure);
    }

    /** Whether the device is, or was, served by NBD, and so has no block device node that others could have open. */
    public boolean isNbd() {
        try {
            return Supervision.frontEnd(directory).equals("nbd");
        } catch (IOException e) {
            return false;
        }
    }

    /** The live table that an orphan's target had. */
    public List<TableLine> orphanTable() throws ControlException {
        try {
            return Supervision.table(directory);
        } catch (IOException | IllegalArgumentException e) {
            throw new ControlException(Errno.ENXIO, e);
        }
    }

    /**
     * What is known of an orphan, in the form of {@code info}, with process number 0.
     *
     * @throws ControlException ENXIO where nothing was kept
     */
    public DeviceInfo orphanInfo() throws ControlException {
        try {
            return Supervision.info(this);
        } catch (IOException | IllegalArgumentException e) {
            throw new ControlException(Errno.ENXIO, e);
        }
    }

    /** Sends commands to the device. Connects when a command is sent. */
    public DeviceControl control() {
        return control(0);
    }

    /** @param limitMs longest time for each change; 0 waits for as long as the target answers queries */
    public DeviceControl control(long limitMs) {
        return new DeviceControl(this, limitMs, DeviceControl.ANSWER_TIMEOUT_MS);
    }

    /**
     * The order of listings. A class and not a method reference: method references bring up a machinery that costs as
     * much as all the rest of a listing.
     */
    public static final class ByDisplayName implements Comparator<Device> {
        @Override
        public int compare(Device one, Device other) {
            return one.displayName().compareTo(other.displayName());
        }
    }
}
