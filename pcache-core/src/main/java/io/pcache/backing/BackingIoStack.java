package io.pcache.backing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Hands transfers from any threads to one thread, lock-free and without allocation.
 *
 * <p>Pushing is a compare-and-set of the head; taking swaps the whole stack for an empty one, so no node is ever taken
 * singly and a head that changed and changed back in between (ABA) is harmless: the new node links to whatever the head
 * is.
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
     * All that was written to the transfer before is seen by the thread that takes it. Returns whether the stack was
     * empty.
     */
    public boolean push(BackingIo io) {
        BackingIo seen;
        do {
            seen = head;
            io.next = seen;
        } while (!HEAD.compareAndSet(this, seen, io));
        return seen == null;
    }

    /** Moves everything to the end of {@code list}, in the order in which it was pushed. */
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
