package io.pcache.server.socket;

import io.pcache.control.JsonObject;
import io.pcache.server.device.Cancellation;

/** Takes requests from a {@link ControlServer}, on the server's thread: must not block. */
interface RequestHandler {

    void handle(JsonObject request, Exchange exchange);

    /** A request that waits for its one reply. Safe for use by any thread. */
    interface Exchange {
        /** Ends the exchange. */
        default void reply(JsonObject reply) {
            reply(reply, null);
        }

        /** @param afterwards run on the server's thread when the reply has been sent, or cannot be sent; may be null */
        void reply(JsonObject reply, Runnable afterwards);

        /** The cancellation, which is requested when the client goes before the reply. */
        Cancellation cancellation();
    }
}
