package io.pcache.ublk;

import java.io.IOException;

/**
 * Told of a device while it is made and taken away, so that somebody can finish that should this process die half-way.
 */
public interface NodeRecord {
    /** For a server that is not started again. */
    NodeRecord NONE = new NodeRecord() {
        @Override
        public void begin(int id) {}

        @Override
        public void end() {}
    };

    /**
     * The device has been added, and nobody can use it yet.
     *
     * @param id the N of /dev/ublkbN
     * @throws IOException when that cannot be kept; the device is taken away again
     */
    void begin(int id) throws IOException;

    /** The device is gone. */
    void end() throws IOException;
}
