package io.pcache.ring;

/**
 * The number that a submission carries and that its completion brings back: the ring's client, and what that client
 * wants to know. Only this class packs and unpacks the number.
 *
 * <pre>
 *    63      56 55                                                       0
 *    +---------+---------------------------------------------------------+
 *    | client  | payload                                                 |
 *    +---------+---------------------------------------------------------+
 * </pre>
 */
public final class UserData {
    static final int CLIENT_SHIFT = 56;
    static final int MAX_CLIENTS = 1 << (Long.SIZE - CLIENT_SHIFT);
    static final long PAYLOAD_MASK = (1L << CLIENT_SHIFT) - 1;

    private UserData() {}

    /**
     * @param client from {@link Ring#addClient}
     * @param payload 0 to 2^56 − 1
     */
    public static long of(int client, long payload) {
        return (long) client << CLIENT_SHIFT | payload & PAYLOAD_MASK;
    }

    static int client(long userData) {
        return (int) (userData >>> CLIENT_SHIFT);
    }

    static long payload(long userData) {
        return userData & PAYLOAD_MASK;
    }
}
