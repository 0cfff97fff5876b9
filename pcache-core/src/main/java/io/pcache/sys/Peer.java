package io.pcache.sys;

import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;

/**
 * Whether the other end of a connection is still there. A selector tells that only to whoever reads all that has come
 * before, or writes; a server that has no room for what a client sends does neither, perhaps for as long as a device
 * fails.
 *
 * <p>Needs the JVM option {@code --add-exports java.base/sun.nio.ch=ALL-UNNAMED}, since nothing public tells a
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
     * Whether the peer has closed its end altogether, not only for sending, or has died. False where that cannot be
     * told.
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
