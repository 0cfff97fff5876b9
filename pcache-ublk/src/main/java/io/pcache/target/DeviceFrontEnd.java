package io.pcache.target;

import io.pcache.control.ControlException;
import io.pcache.frontend.FrontEnd;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.target.MappedBlockDevice.Route;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Function;

/**
 * A device's way to its clients: the front end, once a table has gone live, and the gate before the table. Started and stopped by the changing
 * thread; the rest may be called by any.
 */
final class DeviceFrontEnd {
    private static final Logger LOG = System.getLogger(DeviceFrontEnd.class.getName());

    private final FrontEndFactory factory;
    private final Function<String, String> nbdUri;
    private final Runnable onLastClose;

    private volatile FrontEnd frontEnd;
    private volatile MappedBlockDevice gate;

    /**
     * @param nbdUri      from a device's stored name: its sockets move with the name
     * @param onLastClose called from any thread when the last client has gone
     */
    DeviceFrontEnd(FrontEndFactory factory, Function<String, String> nbdUri, Runnable onLastClose) {
        this.factory = factory;
        this.nbdUri = nbdUri;
        this.onLastClose = onLastClose;
    }

    /** Serves the table. On failure nothing is left of the attempt. */
    void start(Table table, String deviceName) throws ControlException {
        MappedBlockDevice started = new MappedBlockDevice(new Route(table.device(), table.readOnly(), false));
        try {
            FrontEnd fresh = factory.create(onLastClose);
            fresh.start(started);
            gate = started;
            frontEnd = fresh;
        } catch (IOException e) {
            int errno = e instanceof SystemCallException call ? call.errno() : Errno.EIO;
            throw new ControlException(errno, e, deviceName + ": the " + factory.kind() + " front end did not start: " + e.getMessage());
        }
    }

    /** Completes what is under way and ends. */
    void stop() {
        FrontEnd stopping = frontEnd;
        frontEnd = null;
        try {
            if (stopping != null) {
                stopping.close();
            }
        } catch (IOException e) {
            // Its clients are gone either way; what it could not clean up goes with the process.
            LOG.log(Level.WARNING, "the front end did not stop cleanly: " + e.getMessage());
        }
        gate = null;
    }

    /** Null before the first start. */
    MappedBlockDevice gate() {
        return gate;
    }

    String kind() {
        return factory.kind();
    }

    int openCount() {
        FrontEnd current = frontEnd;
        return current == null ? 0 : current.openCount();
    }

    /** {@code onLastClose} is to be called when nobody has the device open. */
    void watchLastClose() {
        FrontEnd current = frontEnd;
        if (current != null) {
            current.watchLastClose();
        }
    }

    /** The node's path or the NBD address; empty before the first start. */
    String location(String storedName) {
        FrontEnd current = frontEnd;
        if (current == null) {
            return "";
        }
        String location = current.location();
        return location.startsWith("nbd+unix:") ? nbdUri.apply(storedName) : location;
    }
}
