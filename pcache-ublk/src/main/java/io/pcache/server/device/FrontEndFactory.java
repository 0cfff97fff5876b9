package io.pcache.server.device;

import io.pcache.engine.Rehearsal;
import io.pcache.frontend.FrontEnd;
import java.io.IOException;
import java.nio.file.Path;

/** Makes the front end when a device's first table goes live. */
public interface FrontEndFactory {
    /** The kind of front end that the factory makes: {@code "nbd"} or {@code "ublk"}. */
    String kind();

    /** One line about the choice, for the person who creates a device; empty for nothing. */
    default String remark() {
        return "";
    }

    /**
     * A front end that is not started yet.
     *
     * @param onLastClose to be called, from any thread, when the last client has gone and
     *     {@link FrontEnd#watchLastClose} has been called
     */
    FrontEnd create(Runnable onLastClose);

    /**
     * What rehearses I/O before the first cache starts: by default, requests to the cache alone.
     *
     * @param folder for a socket or the like
     */
    default Rehearsal.Player rehearsal(Path folder) {
        return Rehearsal::requests;
    }

    /**
     * Whether the devices outlive the process: clients that have a device open wait for a successor, and must not be
     * left without a successor.
     */
    default boolean recoverable() {
        return false;
    }

    /**
     * A front end that takes the device of a dead or departed target over when the front end is started.
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
