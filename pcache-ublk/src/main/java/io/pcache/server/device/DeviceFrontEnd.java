package io.pcache.server.device;

import io.pcache.control.ControlException;
import io.pcache.frontend.FrontEnd;
import io.pcache.nbd.NbdUri;
import io.pcache.server.device.MappedBlockDevice.Route;
import io.pcache.server.table.Table;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A device's way to its clients: the front end, once a table has gone live, the gate before the table, and the links to
 * the node. The changing thread starts and stops the front end; the other methods are for any thread.
 */
public final class DeviceFrontEnd {
    private static final Logger LOG = System.getLogger(DeviceFrontEnd.class.getName());
    private static final String UBLK_NODE = "/dev/ublkb";

    private final FrontEndFactory factory;
    private final Function<String, String> nbdUri;
    private final DeviceLinks links;
    private final Runnable onLastClose;

    private volatile FrontEnd frontEnd;
    private volatile MappedBlockDevice gate;

    /**
     * @param nbdUri makes the NBD address of a stored name: the device's socket moves with the name
     * @param onLastClose called from any thread when the last client has gone
     */
    public DeviceFrontEnd(
            FrontEndFactory factory, Function<String, String> nbdUri, DeviceLinks links, Runnable onLastClose) {
        this.factory = factory;
        this.nbdUri = nbdUri;
        this.links = links;
        this.onLastClose = onLastClose;
    }

    /** Serves a table. Where this fails, nothing is left of the attempt. */
    void start(Table table, NameAndUuid identity) throws ControlException {
        start(factory.create(onLastClose), table, false, identity);
    }

    /** Serves a table in the place where a predecessor did. Where this fails, the node stays as it was. */
    void takeOver(int id, Table table, boolean held, NameAndUuid identity) throws ControlException {
        FrontEnd successor;
        try {
            successor = factory.takeOver(id, onLastClose);
        } catch (UncheckedIOException e) {
            throw new ControlException(
                    Errno.EIO,
                    e,
                    identity.displayName() + ": what its target has left cannot be taken away: "
                            + e.getCause().getMessage() + " (-EIO)");
        }
        start(successor, table, held, identity);
    }

    private void start(FrontEnd fresh, Table table, boolean held, NameAndUuid identity) throws ControlException {
        MappedBlockDevice started = new MappedBlockDevice(new Route(table.device(), table.readOnly(), held));
        try {
            fresh.start(started);
        } catch (IOException e) {
            int errno = e instanceof SystemCallException call ? call.errno() : Errno.EIO;
            throw new ControlException(
                    errno,
                    e,
                    identity.displayName() + ": the " + factory.kind() + " front end did not start: " + e.getMessage());
        }
        gate = started;
        frontEnd = fresh;
        makeLinks(identity.name());
    }

    /** Completes the requests under way and ends the front end, and with it the node. */
    void stop(String storedName) {
        stop(storedName, true);
    }

    /**
     * @param evenOpen also where somebody has the device open
     * @return whether the front end has ended; if not, nothing has changed
     */
    boolean stop(String storedName, boolean evenOpen) {
        FrontEnd stopping = frontEnd;
        removeLinks(storedName);
        try {
            if (stopping != null && evenOpen) {
                frontEnd = null;
                stopping.close();
            } else if (stopping != null && !stopping.closeUnlessOpen()) {
                makeLinks(storedName);
                return false;
            }
        } catch (IOException e) {
            // Its clients are gone either way; what it could not clean up goes with the process.
            LOG.log(Level.WARNING, "the front end did not stop cleanly: " + e.getMessage());
        }
        frontEnd = null;
        gate = null;
        return true;
    }

    /** Completes the requests under way, ends the front end, and leaves the device to a successor. */
    void leave() throws IOException {
        factory.leave(frontEnd);
        frontEnd = null;
        gate = null;
    }

    /** Null before the first start. */
    MappedBlockDevice gate() {
        return gate;
    }

    String kind() {
        return factory.kind();
    }

    boolean recoverable() {
        return factory.recoverable();
    }

    /** Whether clients can use the device. */
    boolean started() {
        return frontEnd != null;
    }

    int openCount() {
        FrontEnd current = frontEnd;
        return current == null ? 0 : current.openCount();
    }

    List<String> openers() {
        FrontEnd current = frontEnd;
        return current == null ? List.of() : current.openers();
    }

    /** Has {@code onLastClose} called when nobody has the device open any more. */
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
        return NbdUri.isUri(location) ? nbdUri.apply(storedName) : location;
    }

    /** The N of /dev/ublkbN; -1 without one. */
    int ublkId() {
        String location = location("");
        return location.startsWith(UBLK_NODE) ? Integer.parseInt(location.substring(UBLK_NODE.length())) : -1;
    }

    /** Nothing to do where there is no node. */
    void makeLinks(String storedName) {
        if (ublkId() >= 0) {
            links.make(storedName, Path.of(location("")));
        }
    }

    /** Nothing to do where there is no node. */
    void removeLinks(String storedName) {
        if (ublkId() >= 0) {
            links.remove(storedName, Path.of(location("")));
        }
    }
}
