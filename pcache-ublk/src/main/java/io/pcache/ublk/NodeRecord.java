package io.pcache.ublk;

import java.io.IOException;

/**
 * Told of a device while the device is made and taken away. If this process dies half-way, a successor can finish the
 * work.
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
     * Records a device that has been added, and that nobody can use yet.
     *
     * @param id the N of /dev/ublkbN
     * @throws IOException when the record cannot be kept; the device is taken away again
     */
    void begin(int id) throws IOException;

    /** Records that the device is gone. */
    void end() throws IOException;
}
