package io.pcache.server.device;

import io.pcache.sys.SystemCallException;
import io.pcache.ublk.UblkFrontEnd;
import java.nio.file.Path;

/** A block device node whose target has died, and that no successor is to take over. */
public final class LostNode {
    private LostNode() {}

    /**
     * Takes the node away, with the links to the node. Clients that have the node open, or wait for answers, get
     * errors. Does nothing where the node is gone.
     *
     * @param storedName of the device
     * @param ublkId the N of /dev/ublkbN
     * @throws SystemCallException EBUSY where a process serves it
     */
    public static void takeAway(String storedName, int ublkId) throws SystemCallException {
        UblkFrontEnd.discard(ublkId);
        new DeviceLinks(Path.of("/dev")).remove(storedName, Path.of("/dev/ublkb" + ublkId));
    }
}
