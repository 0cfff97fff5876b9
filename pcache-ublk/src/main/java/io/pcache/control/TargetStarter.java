package io.pcache.control;

import io.pcache.sys.Errno;

/**
 * Brings up the target of a device that has been reserved: a process of its own ({@link TargetLauncher}), or whatever a
 * test puts in its place.
 */
public interface TargetStarter {

    /**
     * Returns when the target answers on its control socket.
     *
     * @param incarnation of the reservation; a target that finds another one in its files is not meant any more
     * @throws ControlException what the target said, or that it ended or took too long; it is gone then
     */
    void start(RunDirectory directory, Device device, String incarnation, CreateOptions options)
            throws ControlException;

    /** Has the target that a device has leave its block device node. */
    interface HandOver {
        /** @throws ControlException when it stays */
        void run() throws ControlException;
    }

    /**
     * Puts another target in the place of the one that a device has or had: goes on where that was. Whatever would keep
     * the new one from starting and can be known is found out before the other is told to leave, and where the new one
     * does not come up all the same, the device gets a target like the other again.
     *
     * @throws ControlException as {@link #start}; or what the hand-over throws, and then nothing has changed
     */
    default void replace(
            RunDirectory directory, Device device, String incarnation, CreateOptions options, HandOver handOver)
            throws ControlException {
        throw new ControlException(Errno.EOPNOTSUPP, "pcache: targets cannot be started again here (-EOPNOTSUPP)");
    }
}
