package io.pcache.nbd;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How an NBD front end is set up. Beyond a few MiB, a front end may take this memory: {@link #bufferBytes} of direct
 * memory, which is allocated as clients need buffers and is then kept, and about 64 KiB of heap for each client.
 *
 * @param socket where the socket file is made; there must be no file of this name
 * @param queueThreads threads that serve, each with a request queue of the device; 1 or more, by default one per CPU,
 *     but not more than 4
 * @param maxClients clients past the negotiation, 1 or more, by default 64; further clients are refused
 * @param maxNegotiations clients in the negotiation, 1 or more, by default 64; the oldest makes room for the next
 * @param negotiationTimeout how long a client may take to negotiate, up to the last reply, by default 10 s
 * @param bufferBytes memory for requests, in bytes, at least 256 KiB for each of {@link #maxClients}; by default 64
 *     MiB. A client is sure of 256 KiB and can have up to 4.25 MiB. All these bytes must fit in the JVM's direct memory
 * @param fatal called when a thread ends unexpectedly; has to end the process, because clients would hang. By default,
 *     the handler prints the reason and halts the JVM with status 70
 * @param onLastClose called, from any thread, when the last client past the negotiation has gone; must not block, and
 *     must not close the front end. By default nothing is done
 */
public record NbdSettings(
        Path socket,
        int queueThreads,
        int maxClients,
        int maxNegotiations,
        Duration negotiationTimeout,
        long bufferBytes,
        Consumer<Throwable> fatal,
        Runnable onLastClose) {

    /** EX_SOFTWARE of sysexits.h. */
    private static final int HALT_STATUS = 70;

    public NbdSettings {
        if (queueThreads < 1 || maxClients < 1 || maxNegotiations < 1) {
            throw new IllegalArgumentException("queueThreads, maxClients and maxNegotiations must be at least 1");
        }
        if (negotiationTimeout.isNegative() || negotiationTimeout.isZero()) {
            throw new IllegalArgumentException("negotiationTimeout must be positive");
        }
        if (bufferBytes / PageBuffer.BYTES < maxClients || bufferBytes / PageBuffer.BYTES > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "bufferBytes must be at least 256 KiB for each of " + maxClients + " clients, got " + bufferBytes);
        }
    }

    public static NbdSettings defaults(Path socket) {
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), 4);
        return new NbdSettings(socket, threads, 64, 64, Duration.ofSeconds(10), 64 << 20, NbdSettings::halt, () -> {});
    }

    public NbdSettings withQueueThreads(int threads) {
        return new NbdSettings(
                socket, threads, maxClients, maxNegotiations, negotiationTimeout, bufferBytes, fatal, onLastClose);
    }

    public NbdSettings withMaxClients(int clients) {
        return new NbdSettings(
                socket, queueThreads, clients, maxNegotiations, negotiationTimeout, bufferBytes, fatal, onLastClose);
    }

    public NbdSettings withMaxNegotiations(int negotiations) {
        return new NbdSettings(
                socket, queueThreads, maxClients, negotiations, negotiationTimeout, bufferBytes, fatal, onLastClose);
    }

    public NbdSettings withNegotiationTimeout(Duration timeout) {
        return new NbdSettings(
                socket, queueThreads, maxClients, maxNegotiations, timeout, bufferBytes, fatal, onLastClose);
    }

    public NbdSettings withBufferBytes(long bytes) {
        return new NbdSettings(
                socket, queueThreads, maxClients, maxNegotiations, negotiationTimeout, bytes, fatal, onLastClose);
    }

    public NbdSettings withFatal(Consumer<Throwable> handler) {
        return new NbdSettings(
                socket,
                queueThreads,
                maxClients,
                maxNegotiations,
                negotiationTimeout,
                bufferBytes,
                handler,
                onLastClose);
    }

    public NbdSettings withOnLastClose(Runnable action) {
        return new NbdSettings(
                socket, queueThreads, maxClients, maxNegotiations, negotiationTimeout, bufferBytes, fatal, action);
    }

    private static void halt(Throwable reason) {
        try {
            reason.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(HALT_STATUS);
        }
    }
}
