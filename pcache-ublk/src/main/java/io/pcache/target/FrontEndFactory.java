package io.pcache.target;

import io.pcache.frontend.FrontEnd;
import java.io.IOException;

/** Makes the front end when a device's first table goes live. */
interface FrontEndFactory {
    /** {@code "nbd"} or {@code "ublk"}: of the front end that {@link #create} makes. */
    String kind();

    /**
     * One that is not started yet.
     *
     * @param onLastClose to be called, from any thread, when the last client has gone
     */
    FrontEnd create(Runnable onLastClose) throws IOException;
}
