package io.pcache.nbd;

import io.pcache.listen.Place;
import io.pcache.listen.SelectorServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * Accepts clients and negotiates with them, away from the threads that serve. Half-open connections are few and
 * short-lived. At the limit, the oldest makes room for the newest, so that clients that only connect cannot keep others
 * out.
 */
final class NegotiationServer implements Runnable {
    /** Bounds a client's share of a round, however much the client has sent ahead. */
    private static final int STEPS_PER_ROUND = 16;

    private final SelectorServer server;
    private final Export export;
    private final ClientCount clients;
    private final List<QueueThread> queueThreads;

    /** @param listener a channel that listens already */
    NegotiationServer(
            ServerSocketChannel listener,
            Export export,
            NbdSettings settings,
            ClientCount clients,
            List<QueueThread> queueThreads)
            throws IOException {
        this.export = export;
        this.clients = clients;
        this.queueThreads = queueThreads;
        long timeoutMs = Math.max(1, settings.negotiationTimeout().toMillis());
        this.server = new SelectorServer(
                "connection of an NBD client",
                listener,
                new SelectorServer.Limits(settings.maxNegotiations(), timeoutMs, 0),
                HalfOpen::new);
    }

    @Override
    public void run() {
        server.run();
    }

    /** For any thread. */
    void requestStop() {
        server.stop();
    }

    /** A client in the negotiation. The time limit counts from the beginning, whatever the client says. */
    private final class HalfOpen implements SelectorServer.Client {
        private final Place place;
        private final Negotiation negotiation = new Negotiation(export, clients::admit);

        HalfOpen(Place place) {
            this.place = place;
            // The server speaks first.
            place.await(SelectionKey.OP_WRITE);
        }

        @Override
        public void ready() throws IOException {
            ByteBuffer output = negotiation.output();
            for (int i = 0; i < STEPS_PER_ROUND; i++) {
                if (negotiation.succeeded()) {
                    handOver();
                    return;
                }
                if (output.hasRemaining()) {
                    place.channel().write(output);
                    if (output.hasRemaining()) {
                        break;
                    }
                }
                if (negotiation.ended() || place.channel().read(negotiation.input()) < 0) {
                    place.close();
                    return;
                }
                if (negotiation.input().hasRemaining()) {
                    break;
                }
                negotiation.advance();
            }
            boolean sends = output.hasRemaining() || negotiation.ended();
            place.await(sends ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        /** Hands the client to the thread with the fewest clients. */
        private void handOver() {
            place.leave();
            QueueThread idlest = queueThreads.get(0);
            for (QueueThread thread : queueThreads) {
                if (thread.load() < idlest.load()) {
                    idlest = thread;
                }
            }
            idlest.adopt(place.channel(), negotiation.features(), negotiation.output());
        }

        @Override
        public void closed() {
            if (negotiation.succeeded()) {
                clients.closed();
                clients.released();
            }
        }
    }
}
