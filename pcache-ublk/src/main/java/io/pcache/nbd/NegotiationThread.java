package io.pcache.nbd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Accepts clients and negotiates with them, away from the threads that serve. Half-open connections are few and
 * short-lived: at the limit, the oldest makes room for the newest, so that clients which only connect cannot keep
 * others out.
 */
final class NegotiationThread implements Runnable {
    /** Bounds what one client gets of a round, whatever it has sent ahead. */
    private static final int STEPS_PER_ROUND = 16;

    private static final int ACCEPTS_PER_ROUND = 16;
    /** How long to leave new clients waiting when the process is out of file descriptors. */
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final class HalfOpen {
        final SocketChannel channel;
        final Negotiation negotiation;
        final long deadline;

        HalfOpen(SocketChannel channel, Negotiation negotiation, long deadline) {
            this.channel = channel;
            this.negotiation = negotiation;
            this.deadline = deadline;
        }
    }

    private final ServerSocketChannel server;
    private final Export export;
    private final NbdSettings settings;
    private final ClientCount clients;
    private final List<QueueThread> queueThreads;
    private final Selector selector;
    private final SelectionKey accepting;
    /** Oldest first, which is also the order of their deadlines. */
    private final Set<HalfOpen> halfOpen = new LinkedHashSet<>();

    private final Consumer<SelectionKey> serve = this::serve;
    private volatile boolean stopping;
    private long acceptAgain;

    NegotiationThread(
            ServerSocketChannel server,
            Export export,
            NbdSettings settings,
            ClientCount clients,
            List<QueueThread> queueThreads)
            throws IOException {
        this.server = server;
        this.export = export;
        this.settings = settings;
        this.clients = clients;
        this.queueThreads = queueThreads;
        this.selector = Selector.open();
        server.configureBlocking(false);
        this.accepting = server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** For any thread. */
    void requestStop() {
        stopping = true;
        selector.wakeup();
    }

    @Override
    public void run() {
        try (selector) {
            while (!stopping) {
                selector.select(serve, timeoutMs());
                dropOverdue();
            }
            List.copyOf(halfOpen).forEach(this::drop);
        } catch (IOException e) {
            throw new UncheckedIOException("the selector of the NBD negotiation failed", e);
        }
    }

    private long timeoutMs() {
        long now = System.nanoTime();
        long wait = Long.MAX_VALUE;
        if (!halfOpen.isEmpty()) {
            wait = halfOpen.iterator().next().deadline - now;
        }
        if (accepting.interestOps() == 0) {
            wait = Math.min(wait, acceptAgain - now);
        }
        return wait == Long.MAX_VALUE ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(wait) + 1);
    }

    private void dropOverdue() {
        long now = System.nanoTime();
        while (!halfOpen.isEmpty()) {
            HalfOpen oldest = halfOpen.iterator().next();
            if (oldest.deadline - now > 0) {
                break;
            }
            drop(oldest);
        }
        if (accepting.interestOps() == 0 && acceptAgain - now <= 0) {
            accepting.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void serve(SelectionKey key) {
        if (key == accepting) {
            accept();
            return;
        }
        HalfOpen client = (HalfOpen) key.attachment();
        // It may have made room for another one in this very round.
        if (!halfOpen.contains(client)) {
            return;
        }
        try {
            negotiate(client, key);
        } catch (IOException e) {
            drop(client);
        }
    }

    private void accept() {
        for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
            SocketChannel channel = null;
            try {
                channel = server.accept();
                if (channel == null) {
                    return;
                }
                channel.configureBlocking(false);
                SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
                long deadline =
                        System.nanoTime() + settings.negotiationTimeout().toNanos();
                HalfOpen client = new HalfOpen(channel, new Negotiation(export, clients::admit), deadline);
                key.attach(client);
                if (halfOpen.size() == settings.maxNegotiations()) {
                    drop(halfOpen.iterator().next());
                }
                halfOpen.add(client);
            } catch (IOException e) {
                close(channel);
                accepting.interestOps(0);
                acceptAgain = System.nanoTime() + ACCEPT_PAUSE_NANOS;
                return;
            }
        }
    }

    private void negotiate(HalfOpen client, SelectionKey key) throws IOException {
        Negotiation negotiation = client.negotiation;
        ByteBuffer output = negotiation.output();
        for (int i = 0; i < STEPS_PER_ROUND; i++) {
            if (negotiation.succeeded()) {
                handOver(client, key);
                return;
            }
            if (output.hasRemaining()) {
                client.channel.write(output);
                if (output.hasRemaining()) {
                    break;
                }
            }
            if (negotiation.ended()) {
                drop(client);
                return;
            }
            if (client.channel.read(negotiation.input()) < 0) {
                drop(client);
                return;
            }
            if (negotiation.input().hasRemaining()) {
                break;
            }
            negotiation.advance();
        }
        boolean sends = output.hasRemaining() || negotiation.ended();
        key.interestOps(sends ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private void handOver(HalfOpen client, SelectionKey key) {
        key.cancel();
        halfOpen.remove(client);
        QueueThread idlest = queueThreads.get(0);
        for (QueueThread thread : queueThreads) {
            if (thread.load() < idlest.load()) {
                idlest = thread;
            }
        }
        idlest.adopt(client.channel, client.negotiation.features(), client.negotiation.output());
    }

    private void drop(HalfOpen client) {
        halfOpen.remove(client);
        if (client.negotiation.succeeded()) {
            clients.closed();
            clients.released();
        }
        close(client.channel);
    }

    private static void close(SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // A client that is sent away has nothing to lose.
            }
        }
    }
}
