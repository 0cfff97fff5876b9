package io.pcache.cacheleg;

import io.pcache.backing.BackingIo;
import io.pcache.request.Request;
import java.nio.ByteBuffer;

/** A part of a hit, on its way from the device to a buffer, and from there to the request. */
final class Load extends BackingIo {
    private final DeviceLeg leg;
    private final ByteBuffer buffers;
    /** Where the load's buffer is in the memory for loads, and how long it is. */
    final int base;

    final int capacity;
    /** The request; null if it was given up, or if this is free. */
    Request request;

    int subtree;
    long extent;
    /**
     * What of the segment's data is loaded: the extent's place, as much around as its checksums cover, whole blocks.
     */
    int from;

    int end;
    /** The link in the list of free loads, or of reserved ones. */
    Load nextLoad;

    Load(DeviceLeg leg, ByteBuffer buffers, int base, int capacity) {
        this.leg = leg;
        this.buffers = buffers;
        this.base = base;
        this.capacity = capacity;
    }

    /** @param at the byte of the device at which the segment's data begins */
    Load read(long at) {
        prepare(Kind.READ, at + from, buffers, base, end - from);
        return this;
    }

    @Override
    protected void completed() {
        leg.ended(this);
    }
}
