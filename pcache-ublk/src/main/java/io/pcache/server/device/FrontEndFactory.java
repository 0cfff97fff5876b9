package io.pcache.server.device;

import io.pcache.engine.Rehearsal;
import io.pcache.frontend.FrontEnd;
import java.io.IOException;
import java.nio.file.Path;

/** Makes the front end when a device's first table goes live. */
public interface FrontEndFactory {
    /** {@code "nbd"} or {@code "ublk"}: of the front end that it makes. */
    String kind();

    /** What whoever creates a device is to be told of the choice, in a line; empty for nothing. */
    default String remark() {
        return "";
    }

    /**
     * One that is not started yet.
     *
     * @param onLastClose to be called, from any thread, when the last client has gone and
     *     {@link FrontEnd#watchLastClose} has been called
     */
    FrontEnd create(Runnable onLastClose);

    /**
     * What rehearses I/O before the first cache starts: by default requests to the cache alone.
     *
     * @param folder for a socket or the like
     */
    default Rehearsal.Player rehearsal(Path folder) {
        return Rehearsal::requests;
    }

    /**
     * Whether its devices outlive the process: clients that have them open wait for a successor, and must not be left
     * without one.
     */
    default boolean recoverable() {
        return false;
    }

    /**
     * One that takes a dead or departed target's device over when it is started.
     *
     * @param id the N of /dev/ublkbN; -1 where there is none
     * @param onLastClose as for {@link #create}
     */
    default FrontEnd takeOver(int id, Runnable onLastClose) {
        throw new UnsupportedOperationException(kind());
    }

    /** Ends a front end without ending its device, as far as the front end can. No request may be held. */
    default void leave(FrontEnd frontEnd) throws IOException {
        throw new UnsupportedOperationException(kind());
    }
}
