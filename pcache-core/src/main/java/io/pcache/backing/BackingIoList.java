package io.pcache.backing;

/** Transfers in a row, first in first out, linked through the transfers themselves. Owned by one thread. */
public final class BackingIoList {
    private BackingIo first;
    private BackingIo last;

    public void add(BackingIo io) {
        io.next = null;
        if (last == null) {
            first = io;
        } else {
            last.next = io;
        }
        last = io;
    }

    /** Takes the first transfer; null if there is none. */
    public BackingIo poll() {
        BackingIo io = first;
        if (io != null) {
            first = io.next;
            if (first == null) {
                last = null;
            }
            io.next = null;
        }
        return io;
    }

    public boolean isEmpty() {
        return first == null;
    }
}
