package io.pcache.frontend;

import io.pcache.request.BlockDevice;
import java.io.IOException;
import java.util.List;

/**
 * The side of a target that clients see: takes their requests, hands them to a {@link BlockDevice}'s queues and sends
 * the answers. Holding requests while a device is suspended, and changing the table under it, is the device's matter,
 * not the front end's.
 */
public interface FrontEnd extends AutoCloseable {

    /**
     * Begins to serve. Returns when clients can use the device.
     *
     * @throws IOException when the front end cannot be brought up; nothing is left behind then
     */
    void start(BlockDevice device) throws IOException;

    /** Where the device is: {@code /dev/ublkb0}, or {@code nbd+unix:///?socket=/run/pcache/fast/nbd}. */
    String location();

    /** Clients that have the device open. */
    int openCount();

    /** Who they are, for people, as far as can be told: {@code mounted on /srv}, {@code process 4711 (fio)}. */
    default List<String> openers() {
        return List.of();
    }

    /**
     * The device is to go when its last client does. A front end that is not told when clients close starts to look;
     * one that is (NBD) has nothing to do. Then, and if nobody has the device open already, it calls what its maker
     * gave it for the last close, from any thread.
     */
    default void watchLastClose() {}

    /**
     * As {@link #close}, unless a client has come since the last {@link #openCount}, where a front end can tell better
     * than that.
     *
     * @return false when one has; nothing has changed then
     */
    default boolean closeUnlessOpen() throws IOException {
        close();
        return true;
    }

    /** Ends: no client is served after this, and nothing is left behind. Requests under way are completed first. */
    @Override
    void close() throws IOException;
}
