package io.pcache.server.device;

import io.pcache.sys.SystemCallException;
import io.pcache.ublk.UblkFrontEnd;
import java.nio.file.Path;

/** A block device node whose target has died, and which nobody is to take over. */
public final class LostNode {
    private LostNode() {}

    /**
     * Takes the node away, with the links to it. Clients that have it open or wait for it get errors. Nothing to do
     * where it is gone.
     *
     * @param storedName the device's
     * @param ublkId the N of /dev/ublkbN
     * @throws SystemCallException EBUSY where a process serves it
     */
    public static void takeAway(String storedName, int ublkId) throws SystemCallException {
        UblkFrontEnd.discard(ublkId);
        new DeviceLinks(Path.of("/dev")).remove(storedName, Path.of("/dev/ublkb" + ublkId));
    }
}
