package io.pcache.listen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * One thread for the clients of a listening socket. Any number may connect, and a bounded number is served. A client
 * that is silent for too long is dropped. Where all places are taken, the client that has been silent for longest makes
 * room for the next, so that clients that only connect cannot keep others out. The {@link Protocol} knows what clients
 * say.
 *
 * <p>The caller of {@link #run} gives the thread. All methods of clients are called on this thread, and all methods of
 * places are for this thread. {@link #post} and {@link #stop} are for any thread.
 */
public final class SelectorServer implements Runnable {

    /**
     * What clients may cost.
     *
     * @param connections the largest number at once; further clients wait in the kernel's backlog
     * @param patienceMs how long a client may be silent
     * @param undisturbedMs how long a client may be silent even when another client waits for the place
     */
    public record Limits(int connections, long patienceMs, long undisturbedMs) {}

    /** Makes clients of connections. */
    public interface Protocol {
        /** @throws IOException to drop the connection */
        Client begin(Place place) throws IOException;
    }

    /** A client, as the protocol knows clients. */
    public interface Client {
        /**
         * Called when the channel can be read or written.
         *
         * @throws IOException to end the connection
         */
        void ready() throws IOException;

        /** Whether the next step is the client's. A client that waits for an answer is not dropped. */
        default boolean isAwaited() {
            return true;
        }

        /** Called when the connection is over, for whatever reason, and its channel is closed. */
        default void closed() {}
    }

    private static final Logger LOG = System.getLogger(SelectorServer.class.getName());
    /** Bounds the share of newcomers in a round. */
    private static final int ACCEPTED_AT_ONCE = 16;
    /** Bounds the share of a client with many requests in its buffer in a round. */
    private static final int POSTED_AT_ONCE = 256;
    /** How long newcomers wait when the process is out of file descriptors. */
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String what;
    private final ServerSocketChannel listener;
    private final Limits limits;
    private final Protocol protocol;
    private final Selector selector;
    private final SelectionKey accepting;
    /** Work from other threads. */
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
    /** The places in the order of the last activity: the client that has been silent for longest is the first. */
    private final Set<Place> places = new LinkedHashSet<>();

    private long acceptAgain;
    private volatile boolean stopping;

    /**
     * @param what kind of connection this is, for messages: {@code control connection}
     * @param listener a channel that listens already; closed at the end
     */
    public SelectorServer(String what, ServerSocketChannel listener, Limits limits, Protocol protocol)
            throws IOException {
        this.what = what;
        this.listener = listener;
        this.limits = limits;
        this.protocol = protocol;
        this.selector = Selector.open();
        try {
            listener.configureBlocking(false);
            accepting = listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            selector.close();
            throw e;
        }
    }

    /**
     * Serves until {@link #stop}. Cuts the connections that are left then.
     *
     * @throws UncheckedIOException when the selector fails
     */
    @Override
    public void run() {
        try {
            while (!stopping) {
                selector.select(this::ready, timeoutMs());
                runPosted();
                dropLate();
                if (accepting.interestOps() == 0 && acceptAgain - System.nanoTime() <= 0) {
                    accepting.interestOps(SelectionKey.OP_ACCEPT);
                    accept();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the selector for each " + what + " failed", e);
        } finally {
            closeAll();
        }
    }

    /** Runs an action on the server's thread. */
    public void post(Runnable action) {
        posted.add(action);
        selector.wakeup();
    }

    /** Ends {@link #run} after the present round. Does not wait. */
    public void stop() {
        stopping = true;
        selector.wakeup();
    }

    private void ready(SelectionKey key) {
        if (key == accepting) {
            accept();
        } else {
            ((Place) key.attachment()).ready();
        }
    }

    private void runPosted() {
        for (int i = 0; i < POSTED_AT_ONCE; i++) {
            Runnable action = posted.poll();
            if (action == null) {
                return;
            }
            action.run();
        }
        selector.wakeup();
    }

    private void accept() {
        for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
            if (isFull() && !hasDroppable()) {
                pause(0);
                return;
            }
            try {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                if (isFull()) {
                    longestSilent().close();
                }
                begin(channel);
            } catch (IOException e) {
                // Most likely, the process is out of descriptors: a newcomer is more important than the place of a
                // silent client.
                LOG.log(Level.WARNING, "cannot accept a " + what + ": " + e.getMessage());
                if (!hasDroppable()) {
                    pause(ACCEPT_PAUSE_NANOS);
                    return;
                }
                longestSilent().close();
            }
        }
    }

    private boolean isFull() {
        return places.size() >= limits.connections;
    }

    private void begin(SocketChannel channel) throws IOException {
        try {
            channel.configureBlocking(false);
            Place place = new Place(this, channel, channel.register(selector, SelectionKey.OP_READ));
            place.give(protocol.begin(place));
            places.add(place);
        } catch (IOException | RuntimeException e) {
            Place.closeQuietly(channel);
            throw e;
        }
    }

    /** Lets newcomers wait in the backlog, until a round after the pause. */
    private void pause(long nanos) {
        accepting.interestOps(0);
        acceptAgain = System.nanoTime() + nanos;
    }

    /** The client that has been silent for longest; null where the server waits for no client. */
    private Place longestSilent() {
        for (Place place : places) {
            if (place.isAwaited()) {
                return place;
            }
        }
        return null;
    }

    /** Whether a client has been silent for long enough to make room. */
    private boolean hasDroppable() {
        Place place = longestSilent();
        return place != null && place.silentMs(System.nanoTime()) >= limits.undisturbedMs;
    }

    private void dropLate() {
        long now = System.nanoTime();
        List<Place> late = new ArrayList<>();
        for (Place place : places) {
            if (place.isAwaited()) {
                if (place.silentMs(now) < limits.patienceMs) {
                    break;
                }
                late.add(place);
            }
        }
        late.forEach(Place::close);
    }

    /** The time until the next client is late, or may make room for a newcomer; 0 for no limit. */
    private long timeoutMs() {
        long now = System.nanoTime();
        boolean paused = accepting.interestOps() == 0;
        Place first = longestSilent();
        if (!paused) {
            return first == null ? 0 : Math.max(1, limits.patienceMs - first.silentMs(now) + 1);
        }
        long room = limits.undisturbedMs - (first == null ? 0 : first.silentMs(now));
        return Math.max(1, Math.max(room, TimeUnit.NANOSECONDS.toMillis(acceptAgain - now)) + 1);
    }

    // For places

    void toTheEnd(Place place) {
        if (places.remove(place)) {
            places.add(place);
        }
    }

    void gone(Place place) {
        places.remove(place);
    }

    private void closeAll() {
        List.copyOf(places).forEach(Place::close);
        try (selector) {
            listener.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the socket of each " + what + " was not closed cleanly: " + e.getMessage());
        }
    }
}
