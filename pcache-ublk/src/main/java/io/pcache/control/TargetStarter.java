package io.pcache.control;

import io.pcache.sys.Errno;

/** Brings up the target of a device that has been reserved: a process of its own ({@link TargetLauncher}), or whatever a test puts in its place. */
public interface TargetStarter {

    /**
     * Returns when the target answers on its control socket.
     *
     * @param incarnation of the reservation; a target that finds another one in its files is not meant any more
     * @throws ControlException what the target said, or that it ended or took too long; it is gone then
     */
    void start(RunDirectory directory, Device device, String incarnation, CreateOptions options) throws ControlException;

    /**
     * The same for a device whose target has ended and left its block device node: goes on where that was. Where it fails, the node stays.
     *
     * @throws ControlException as {@link #start}
     */
    default void recover(RunDirectory directory, Device device, String incarnation, CreateOptions options) throws ControlException {
        throw new ControlException(Errno.EOPNOTSUPP, "pcache: targets cannot be started again here (-EOPNOTSUPP)");
    }
}
