package io.pcache.backing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Hands transfers from any threads to one thread, lock-free and without allocation.
 *
 * <p>A push is a compare-and-set of the head. A take swaps the whole stack for an empty one, so no node is ever taken
 * singly. A head that has changed and changed back in between (ABA) is therefore harmless: the new node links to the
 * head, whatever it is.
 */
public final class BackingIoStack {
    private static final VarHandle HEAD;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(BackingIoStack.class, "head", BackingIo.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile BackingIo head;

    /**
     * Pushes a transfer. Everything written to the transfer before is seen by the thread that takes the transfer.
     * Returns whether the stack was empty.
     */
    public boolean push(BackingIo io) {
        BackingIo seen;
        do {
            seen = head;
            io.next = seen;
        } while (!HEAD.compareAndSet(this, seen, io));
        return seen == null;
    }

    /** Moves all transfers to the end of {@code list}, in the order in which they were pushed. */
    public void moveTo(BackingIoList list) {
        if (head == null) {
            return;
        }
        BackingIo newestFirst = (BackingIo) HEAD.getAndSet(this, null);
        BackingIo oldestFirst = null;
        while (newestFirst != null) {
            BackingIo next = newestFirst.next;
            newestFirst.next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = next;
        }
        while (oldestFirst != null) {
            BackingIo next = oldestFirst.next;
            list.add(oldestFirst);
            oldestFirst = next;
        }
    }
}
