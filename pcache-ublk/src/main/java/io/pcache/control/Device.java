package io.pcache.control;

import java.nio.file.Path;

/**
 * A device as the registry knows it, without asking its target.
 *
 * @param name      stored form
 * @param uuid      stored form; empty without one
 * @param minor     in our own numbering
 * @param directory its run-time files
 */
public record Device(String name, String uuid, int minor, Path directory) {

    /** The name as people see it. */
    public String displayName() {
        return DeviceName.unmangle(name);
    }

    public Path controlSocket() {
        return directory.resolve("control.sock");
    }

    public Path log() {
        return directory.resolve("log");
    }

    /** What the target's JVM printed, and so why it ended. */
    public Path console() {
        return directory.resolve("console");
    }

    /** The target's process number, without asking it; 0 where it does not live. */
    public long targetPid() {
        return LivenessLock.holder(directory.resolve("lock"));
    }

    /** Whether its target has died, with its supervisor, and left a block device node whose clients wait: {@link Registry#restart} brings it back. */
    public boolean isOrphan() {
        return Supervision.isOrphan(directory);
    }

    /** What is to be said of an orphan. */
    public String orphanLine() {
        return displayName() + ": its target has died; \"pcachectl restart " + displayName() + "\" brings it back";
    }

    /** To send it commands. Connects when a command is sent. */
    public DeviceControl control() {
        return control(0);
    }

    /** @param limitMs longest time for each change; 0 waits for as long as the target answers queries */
    public DeviceControl control(long limitMs) {
        return new DeviceControl(this, limitMs, DeviceControl.ANSWER_TIMEOUT_MS);
    }
}
