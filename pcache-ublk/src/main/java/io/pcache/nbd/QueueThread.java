package io.pcache.nbd;

import io.pcache.request.BlockDevice;
import io.pcache.request.RequestQueue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A thread that serves many connections with a request queue of its own. The thread sleeps in its selector until a
 * client sends, a client takes replies, or the device calls {@link #wake}. Methods are for the thread itself unless
 * their comments say otherwise.
 */
final class QueueThread implements Runnable {
    /** The time that requests have to end, and clients to fetch the last replies, when the front end is closed. */
    static final long STOP_GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How often the thread looks at clients from whom nothing is read. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private record Client(SocketChannel channel, ClientFeatures features, ByteBuffer greeting) {}

    private final BlockDevice device;
    private final Export export;
    private final PageBufferPool buffers;
    private final ClientCount clients;
    private final Selector selector;
    private final CompletableFuture<Void> started = new CompletableFuture<>();

    private final Queue<Client> arrivals = new ConcurrentLinkedQueue<>();
    private final AtomicInteger load = new AtomicInteger();
    private volatile boolean stopRequested;

    // wake() stores woken, then looks at sleeping; the thread stores sleeping, then looks at woken. So at least one of
    // the two sees the other's store.
    private volatile boolean woken;
    private volatile boolean sleeping;

    private final Set<Connection> connections = new HashSet<>();
    private final ArrayDeque<Connection> ready = new ArrayDeque<>();
    private final ByteBuffer[] gather = new ByteBuffer[ReplyQueue.GATHER_SIZE];
    private final Consumer<SelectionKey> serve = this::serve;
    private RequestQueue queue;
    private boolean stopping;
    private long stopDeadline;
    private int deafConnections;
    private long lookDue;

    QueueThread(BlockDevice device, Export export, PageBufferPool buffers, ClientCount clients) throws IOException {
        this.device = device;
        this.export = export;
        this.buffers = buffers;
        this.clients = clients;
        this.selector = Selector.open();
    }

    /** Done when the request queue is open, or could not be opened. For any thread. */
    CompletableFuture<Void> started() {
        return started;
    }

    /** The number of connections, as far as another thread can know. For any thread. */
    int load() {
        return load.get();
    }

    /**
     * Takes over a client that {@link ClientCount#admit} has let in. For any thread.
     *
     * @param greeting the end of the negotiation. When the client has received the greeting, all is ready for the
     *     client's first command
     */
    void adopt(SocketChannel channel, ClientFeatures features, ByteBuffer greeting) {
        load.incrementAndGet();
        arrivals.add(new Client(channel, features, greeting));
        wake();
    }

    /** Ends the thread when all requests under way have ended. For any thread. */
    void requestStop() {
        stopRequested = true;
        wake();
    }

    /** Tells the thread that the request queue has something to do. For any thread. */
    private void wake() {
        woken = true;
        if (sleeping) {
            selector.wakeup();
        }
    }

    @Override
    public void run() {
        try (selector) {
            if (openQueue()) {
                loop();
                // Not after an exception: the queue may be closed only when nothing is in flight.
                queue.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the selector of an NBD thread failed", e);
        }
    }

    private boolean openQueue() {
        try {
            queue = device.openQueue(null, this::wake);
        } catch (RuntimeException | Error e) {
            started.completeExceptionally(e);
            return false;
        }
        started.complete(null);
        return true;
    }

    private void loop() throws IOException {
        while (true) {
            woken = false;
            adoptArrivals();
            if (stopRequested) {
                stop();
            }
            work();
            lookForPeers();
            if (stopping && connections.isEmpty() && arrivals.isEmpty() && queue.isIdle()) {
                return;
            }
            sleep();
        }
    }

    /** Does all that can be done without waiting. */
    private void work() {
        while (true) {
            int steps;
            do {
                steps = queue.poll();
            } while (steps > 0);
            Connection connection = ready.poll();
            if (connection == null) {
                return;
            }
            connection.ready = false;
            try {
                connection.proceed();
            } catch (IOException e) {
                connection.close();
            }
        }
    }

    private void sleep() throws IOException {
        sleeping = true;
        if (woken || queue.holdsBack()) {
            selector.selectNow(serve);
        } else {
            selector.select(serve, timeoutMs());
        }
        sleeping = false;
    }

    /** How long the selector may wait; 0 for no limit. */
    private long timeoutMs() {
        boolean stops = stopping && stopDeadline != 0;
        if (!stops && deafConnections == 0) {
            return 0;
        }
        long due = !stops ? lookDue : deafConnections == 0 || stopDeadline - lookDue < 0 ? stopDeadline : lookDue;
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime()));
    }

    /**
     * Closes the connections of clients that are gone. This is for clients from whom nothing is read, since the
     * selector does not tell of their end.
     */
    private void lookForPeers() {
        if (deafConnections == 0 || System.nanoTime() - lookDue < 0) {
            return;
        }
        lookDue = System.nanoTime() + LOOK_NANOS;
        for (Connection connection : new ArrayList<>(connections)) {
            if (connection.isDeaf()) {
                connection.closeIfGone();
            }
        }
    }

    /** Counts a connection that begins to read nothing from its client, or reads again. */
    void deaf(boolean begins) {
        if (begins && deafConnections++ == 0) {
            lookDue = System.nanoTime() + LOOK_NANOS;
        } else if (!begins) {
            deafConnections--;
        }
    }

    private void serve(SelectionKey key) {
        // The thread is awake: from here on, wake() need not make the next select return.
        sleeping = false;
        Connection connection = (Connection) key.attachment();
        try {
            if (key.isReadable()) {
                connection.receive();
            }
            ready(connection);
        } catch (IOException e) {
            connection.close();
        }
    }

    private void adoptArrivals() {
        for (Client client = arrivals.poll(); client != null; client = arrivals.poll()) {
            PageBuffer home = buffers.takeHome();
            try {
                if (home == null) {
                    throw new IOException("no memory for a connection");
                }
                SelectionKey key = client.channel.register(selector, SelectionKey.OP_READ);
                Connection connection =
                        new Connection(this, client.channel, key, client.features, client.greeting, buffers, home);
                key.attach(connection);
                connections.add(connection);
                ready(connection);
                if (stopping) {
                    connection.stop();
                }
            } catch (IOException e) {
                if (home != null) {
                    buffers.giveHome(home);
                }
                closed(client.channel);
                load.decrementAndGet();
                clients.released();
            }
        }
    }

    private void stop() {
        if (!stopping) {
            stopping = true;
            stopDeadline = System.nanoTime() + STOP_GRACE_NANOS;
            connections.forEach(Connection::stop);
        } else if (stopDeadline != 0 && System.nanoTime() - stopDeadline >= 0) {
            stopDeadline = 0;
            new ArrayList<>(connections).forEach(Connection::close);
        }
    }

    RequestQueue queue() {
        return queue;
    }

    Export export() {
        return export;
    }

    ByteBuffer[] gather() {
        return gather;
    }

    /** Has {@link Connection#proceed} called before the thread sleeps. */
    void ready(Connection connection) {
        if (!connection.ready) {
            connection.ready = true;
            ready.add(connection);
        }
    }

    /** Closes the channel of a client that is gone, or that was sent away. */
    void closed(SocketChannel channel) {
        clients.closed();
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is lost: there is no more data for this client.
        }
    }

    /** Forgets a connection that has nothing left in the request queue. */
    void released(Connection connection) {
        connections.remove(connection);
        load.decrementAndGet();
        clients.released();
    }
}
