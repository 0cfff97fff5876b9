package io.pcache.server.device;

import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.server.table.Table;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The state of a device that a successor goes on with should this process die. At each change, the registration keeps
 * the flags, and with them the name, the table and the number of events.
 *
 * <p>The changing thread sets flags, any thread reads them.
 */
final class KeptState {
    private static final Logger LOG = System.getLogger(KeptState.class.getName());

    private final NameAndUuid identity;
    private final DeviceRegistration registration;
    private final DeviceFrontEnd frontEnd;
    private final EventLog events;

    private volatile boolean suspended;
    private volatile boolean deferredRemove;
    private volatile ReadAheadSetting readAhead = ReadAheadSetting.DEFAULT;
    private volatile boolean ended;

    KeptState(NameAndUuid identity, DeviceRegistration registration, DeviceFrontEnd frontEnd, EventLog events) {
        this.identity = identity;
        this.registration = registration;
        this.frontEnd = frontEnd;
        this.events = events;
    }

    /** Requests are held. */
    boolean suspended() {
        return suspended;
    }

    void setSuspended(boolean value) {
        suspended = value;
    }

    /** The device goes when its last client does. */
    boolean deferredRemove() {
        return deferredRemove;
    }

    void setDeferredRemove(boolean value) {
        deferredRemove = value;
    }

    ReadAheadSetting readAhead() {
        return readAhead;
    }

    void setReadAhead(ReadAheadSetting value) {
        readAhead = value;
    }

    /** Takes over what a predecessor has kept. */
    void adopt(RecoveryState state) {
        suspended = state.suspended();
        deferredRemove = state.deferredRemove();
        readAhead = new ReadAheadSetting(state.readAhead(), false);
    }

    /** The device has gone, or is another process's: nothing is kept from here on. */
    void end() {
        ended = true;
    }

    /** Keeps the state if possible: for a change that is more important than a successor's knowledge of the change. */
    void save(Table live) {
        try {
            record(live);
        } catch (IOException e) {
            LOG.log(Level.ERROR, "the device cannot be recovered as it is should this process die: " + e.getMessage());
        }
    }

    /**
     * Keeps the state, for a change that a successor must know of.
     *
     * @param live null when there is no live table, and so nothing to go on with
     * @throws ControlException EIO when the state cannot be kept; the change is to be taken back then
     */
    void keep(Table live) throws ControlException {
        keep(live, identity.displayName());
    }

    /** As {@link #keep(Table)}, for a device that has another name already. */
    void keep(Table live, String shownName) throws ControlException {
        try {
            record(live);
        } catch (IOException e) {
            if (!frontEnd.recoverable()) {
                forget(e);
                return;
            }
            throw new ControlException(
                    Errno.EIO,
                    e,
                    shownName
                            + ": not done, because it could not be kept for a target that takes over should "
                            + "this one die: "
                            + e.getMessage() + " (-EIO)");
        }
    }

    /** Where no client waits for a successor, no successor is better than one that would go on from an old state. */
    private void forget(IOException cause) {
        LOG.log(Level.ERROR, "nobody takes the device over should this process die: " + cause.getMessage());
        try {
            registration.forgetState();
        } catch (IOException e) {
            LOG.log(Level.ERROR, "what is kept of the device is not its state: " + e.getMessage());
        }
    }

    private void record(Table live) throws IOException {
        int ublkId = frontEnd.ublkId();
        if (live == null || !frontEnd.started() || ended) {
            return;
        }
        registration.save(new RecoveryState(
                identity.name(),
                identity.uuid(),
                ublkId,
                live.table(),
                live.readOnly(),
                suspended,
                deferredRemove,
                readAhead.sectors(),
                events.nr(),
                live.cache() == null ? CacheMark.UNKNOWN : live.cache().mark()));
    }
}
