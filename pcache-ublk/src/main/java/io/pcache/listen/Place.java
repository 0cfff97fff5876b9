package io.pcache.listen;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A client's access to a {@link SelectorServer}: a channel, and a place among the server's clients. */
public final class Place {
    private static final long NANOS_PER_MS = 1_000_000;

    private final SelectorServer server;
    private final SocketChannel channel;
    private final SelectionKey key;
    private SelectorServer.Client client;
    private long lastActivity = System.nanoTime();
    private boolean over;

    Place(SelectorServer server, SocketChannel channel, SelectionKey key) {
        this.server = server;
        this.channel = channel;
        this.key = key;
        key.attach(this);
    }

    void give(SelectorServer.Client taker) {
        client = taker;
    }

    /** The channel, in non-blocking mode. */
    public SocketChannel channel() {
        return channel;
    }

    /**
     * Has {@link SelectorServer.Client#ready} called for these operations, and for no others.
     *
     * @param operations of {@link SelectionKey}; 0 for none. At first, the server waits until the channel can be read
     */
    public void await(int operations) {
        key.interestOps(operations);
    }

    /** Whether the server has seen that the channel can be read. For calls from {@link SelectorServer.Client#ready}. */
    public boolean isReadable() {
        return key.isReadable();
    }

    /**
     * Whether the server has seen that the channel can be written. For calls from {@link SelectorServer.Client#ready}.
     */
    public boolean isWritable() {
        return key.isWritable();
    }

    /**
     * Notes that the client has done something that counts. From now on, all other clients make room before this
     * client.
     */
    public void active() {
        lastActivity = System.nanoTime();
        server.toTheEnd(this);
    }

    long silentMs(long now) {
        return (now - lastActivity) / NANOS_PER_MS;
    }

    boolean isAwaited() {
        return client.isAwaited();
    }

    void ready() {
        // Another client may have taken the place in this very round.
        if (over) {
            return;
        }
        try {
            client.ready();
        } catch (IOException e) {
            close();
        }
    }

    /** Ends the connection. Does nothing where the connection is over. */
    public void close() {
        if (over) {
            return;
        }
        end();
        closeQuietly(channel);
        client.closed();
    }

    /** Gives up the place, but not the channel, which may then go to another selector. */
    public void leave() {
        end();
    }

    private void end() {
        over = true;
        server.gone(this);
        key.cancel();
    }

    static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone in any case, and so is the client.
            return;
        }
    }
}
