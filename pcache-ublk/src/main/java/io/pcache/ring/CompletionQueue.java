package io.pcache.ring;

import java.nio.ByteBuffer;

/** Completions from the kernel. Owned by the ring's thread; hot, allocates nothing. */
final class CompletionQueue {
    private final RingMemory memory;
    private final ByteBuffer ring;
    private final int mask;
    private final int headOffset;
    private final int tailOffset;
    private final int cqesOffset;
    private int head;

    CompletionQueue(RingMemory memory, ByteBuffer params) {
        this.memory = memory;
        this.ring = memory.ring;
        this.mask = memory.opaque(params.getInt(RingParamsLayout.CQ_OFF_RING_MASK));
        this.headOffset = params.getInt(RingParamsLayout.CQ_OFF_HEAD);
        this.tailOffset = params.getInt(RingParamsLayout.CQ_OFF_TAIL);
        this.cqesOffset = params.getInt(RingParamsLayout.CQ_OFF_CQES);
        this.head = memory.opaque(headOffset);
    }

    boolean isEmpty() {
        return head == memory.acquire(tailOffset);
    }

    /** Hands the completions that have arrived to the clients; returns how many. */
    int drain(CompletionHandler[] clients) {
        final ByteBuffer ring = this.ring;
        final int tail = memory.acquire(tailOffset);
        final int first = head;
        try {
            while (head != tail) {
                int at = cqesOffset + (head & mask) * CqeLayout.BYTES;
                long userData = ring.getLong(at + CqeLayout.USER_DATA);
                int result = ring.getInt(at + CqeLayout.RESULT);
                int flags = ring.getInt(at + CqeLayout.FLAGS);
                // Counted as consumed before the handler runs: a handler that throws is not called again for the same
                // completion.
                head++;
                clients[UserData.client(userData)].completed(UserData.payload(userData), result, flags);
            }
        } finally {
            // Once a batch: the kernel reads the head only when it runs out of room.
            memory.release(headOffset, head);
        }
        return tail - first;
    }
}
