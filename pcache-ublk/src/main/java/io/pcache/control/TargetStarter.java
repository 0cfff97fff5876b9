package io.pcache.control;

/** Brings up the target of a device that has been reserved: a process of its own ({@link TargetLauncher}), or whatever a test puts in its place. */
public interface TargetStarter {

    /**
     * Returns when the target answers on its control socket.
     *
     * @param incarnation of the reservation; a target that finds another one in its files is not meant any more
     * @throws ControlException what the target said, or that it ended or took too long; it is gone then
     */
    void start(RunDirectory directory, Device device, String incarnation, CreateOptions options) throws ControlException;
}
