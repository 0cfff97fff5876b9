package io.pcache.request;

import io.pcache.backing.BackingQueue;

/** What a front end serves: a cache, or in its place a device that fails all I/O or does nothing. */
public interface BlockDevice {

    /** Size in bytes, a multiple of 512. */
    long sizeBytes();

    /** Smallest unit of a request in bytes, a power of two from 512 to 4096. */
    int logicalBlockBytes();

    /** Best smallest unit of a write in bytes; at least the logical block. */
    int physicalBlockBytes();

    boolean readOnly();

    /** Whether DISCARD does something here. Only then front ends offer DISCARD to their clients. */
    default boolean discards() {
        return false;
    }

    /**
     * Whether the device passes request data on to transfers, and has no memory into which the kernel could copy. A
     * front end then keeps this data in buffers of its own.
     */
    default boolean wantsBuffers() {
        return false;
    }

    /**
     * Opens a queue for the calling thread.
     *
     * @param backing the caller's own way to the backing device (a ublk queue thread has its ring), closed by its
     *     owner; null to have the device open another one
     * @param wake called from any thread when {@link RequestQueue#poll} has something to do; must not block
     */
    RequestQueue openQueue(BackingQueue backing, Runnable wake);
}
