package io.pcache.control;

import io.pcache.sys.Errno;

/**
 * Brings up the target of a device that has been reserved: a process ({@link TargetLauncher}), or whatever a test puts
 * in its place.
 */
public interface TargetStarter {

    /**
     * Returns when the target answers on its control socket.
     *
     * @param incarnation of the reservation; a target that finds another incarnation in its files is not wanted any
     *     more
     * @throws ControlException what the target said, or that the target ended or took too long; the target is gone then
     */
    void start(RunDirectory directory, Device device, String incarnation, CreateOptions options)
            throws ControlException;

    /** Has the device's present target leave its block device node. */
    interface HandOver {
        /** @throws ControlException when the target stays */
        void run() throws ControlException;
    }

    /**
     * Replaces the device's present or former target by another target, which goes on where the former has stopped. As
     * far as possible, reasons that would keep the new target from starting are found before the old target is told to
     * leave. Where the new target does not come up all the same, the device gets a target like the old one again.
     *
     * @throws ControlException as {@link #start}; or what the hand-over throws, and then nothing has changed
     */
    default void replace(
            RunDirectory directory, Device device, String incarnation, CreateOptions options, HandOver handOver)
            throws ControlException {
        throw new ControlException(Errno.EOPNOTSUPP, "pcache: targets cannot be started again here (-EOPNOTSUPP)");
    }
}
