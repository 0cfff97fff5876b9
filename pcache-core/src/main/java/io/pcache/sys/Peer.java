package io.pcache.sys;

import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;

/**
 * Tells whether the other end of a connection is still there. A selector tells this only to a server that writes, or
 * that reads everything that has come before. A server that has no room for what a client sends does neither, perhaps
 * for as long as a device fails.
 *
 * <p>Needs the JVM option {@code --add-exports java.base/sun.nio.ch=ALL-UNNAMED}, since no public method gives a
 * channel's descriptor.
 */
public final class Peer {
    private static final Method DESCRIPTOR = descriptor();

    private Peer() {}

    private static Method descriptor() {
        try {
            Method method = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
            return Peer.class.getModule().canRead(method.getDeclaringClass().getModule())
                            && method.getDeclaringClass().getModule().isExported("sun.nio.ch", Peer.class.getModule())
                    ? method
                    : null;
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /**
     * Whether the peer has closed its end altogether, and not only for sending, or has died. False where this is not
     * known.
     */
    public static boolean isGone(SocketChannel channel) {
        try {
            return DESCRIPTOR != null
                    && channel.isOpen()
                    && SystemCalls.linux().isHungUp((int) DESCRIPTOR.invoke(channel));
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
