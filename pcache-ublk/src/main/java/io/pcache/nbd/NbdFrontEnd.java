package io.pcache.nbd;

import io.pcache.frontend.FrontEnd;
import io.pcache.request.BlockDevice;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * Serves a device to NBD clients through a Unix-domain socket with mode 0600. The package's description tells what
 * clients can do and cost. Methods may be called from any thread, one at a time.
 */
public final class NbdFrontEnd implements FrontEnd {
    /**
     * Twice the time that clients and requests have ({@link QueueThread}): the second half is for threads that get no
     * processor.
     */
    private static final long STOP_PATIENCE_NANOS = 2 * QueueThread.STOP_GRACE_NANOS;

    private final NbdSettings settings;
    private final ClientCount clients;
    private final List<QueueThread> queueThreads = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private SocketFile socketFile;
    private NegotiationServer negotiations;

    public NbdFrontEnd(NbdSettings settings) {
        this.settings = settings;
        this.clients = new ClientCount(settings.maxClients(), settings.onLastClose());
    }

    /** {@inheritDoc} Can be called once. */
    @Override
    public void start(BlockDevice device) throws IOException {
        if (socketFile != null || !threads.isEmpty()) {
            throw new IllegalStateException("already started");
        }
        try {
            Export export = Export.of(device);
            startQueueThreads(device, export);
            socketFile = SocketFile.listen(settings.socket());
            negotiations = new NegotiationServer(socketFile.channel(), export, settings, clients, queueThreads);
            startThread("nbd-negotiation", negotiations);
        } catch (IOException | RuntimeException e) {
            try {
                close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private void startQueueThreads(BlockDevice device, Export export) throws IOException {
        PageBufferPool buffers =
                new PageBufferPool((int) (settings.bufferBytes() / PageBuffer.BYTES), settings.maxClients());
        for (int i = 0; i < settings.queueThreads(); i++) {
            QueueThread queueThread = new QueueThread(device, export, buffers, clients);
            queueThreads.add(queueThread);
            startThread("nbd-queue-" + i, queueThread);
            try {
                queueThread.started().join();
            } catch (CompletionException e) {
                throw new IOException(
                        "cannot open a request queue: " + e.getCause().getMessage(), e);
            }
        }
    }

    private void startThread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setUncaughtExceptionHandler((ended, reason) -> settings.fatal().accept(reason));
        threads.add(thread);
        thread.start();
    }

    @Override
    public String location() {
        return NbdUri.ofSocket(settings.socket());
    }

    @Override
    public int openCount() {
        return clients.open();
    }

    /** The address of the socket alone: of its clients, the kernel tells a server the users, and no more. */
    @Override
    public List<String> openers() {
        return clients.open() == 0 ? List.of() : List.of("clients of " + settings.socket() + ", which 'ss -xp' shows");
    }

    /**
     * {@inheritDoc} Requests have 5 s to end, and clients to take the last replies. After that, requests that still
     * wait are given up.
     *
     * @throws IOException with the names of threads that have not ended. Such a thread waits for transfers of the
     *     backing device, which do not end, and still has a queue of the device open
     */
    @Override
    public void close() throws IOException {
        // First the thread that hands clients over, so that no client comes to a thread that has ended.
        if (negotiations != null) {
            negotiations.requestStop();
            join(threads.remove(threads.size() - 1), System.nanoTime() + STOP_PATIENCE_NANOS);
            negotiations = null;
        }
        if (socketFile != null) {
            socketFile.close();
        }
        queueThreads.forEach(QueueThread::requestStop);
        long end = System.nanoTime() + STOP_PATIENCE_NANOS;
        List<String> left = new ArrayList<>();
        for (Thread thread : threads) {
            if (!join(thread, end)) {
                left.add(thread.getName());
            }
        }
        if (!left.isEmpty()) {
            throw new IOException("waits for transfers of the backing device, which do not end, by thread "
                    + String.join(", ", left));
        }
    }

    /** Whether the thread has ended. */
    private static boolean join(Thread thread, long endNanos) throws InterruptedIOException {
        try {
            long leftMs = (endNanos - System.nanoTime()) / 1_000_000;
            if (leftMs > 0) {
                thread.join(leftMs);
            }
            return !thread.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the NBD front end was closing");
        }
    }
}
