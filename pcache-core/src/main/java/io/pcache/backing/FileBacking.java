package io.pcache.backing;

import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backing device that a few threads drive with plain reads and writes: for machines and containers that forbid
 * io_uring. As many transfers are under way at once as there are threads. The other transfers wait in a row.
 */
public final class FileBacking implements CacheDisk {
    static final int THREADS = 8;

    private final SystemCalls calls;
    private final BackingFile file;
    private final String reason;
    private final ExecutorService threads;

    /**
     * Takes the file over; {@link #close} closes the file.
     *
     * @param reason why the device is not driven by something faster, for {@link #describe}; empty for none
     */
    public FileBacking(BackingFile file, String reason) {
        this.calls = file.calls();
        this.file = file;
        this.reason = reason;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "pcache-backing-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Opens the path; see {@link BackingFile#open}. */
    public static FileBacking open(String path) throws IOException {
        return new FileBacking(BackingFile.open(path), "");
    }

    @Override
    public String path() {
        return file.path();
    }

    @Override
    public long sizeBytes() {
        return file.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return file.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return file.physicalBlockBytes();
    }

    @Override
    public boolean direct() {
        return file.direct();
    }

    @Override
    public String describe() {
        return file.describe(THREADS + " threads" + (reason.isEmpty() ? "" : " (" + reason + ")"));
    }

    @Override
    public boolean writesAreDurable() {
        return file.writesAreDurable();
    }

    @Override
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        file.writeDurably(offset, buffer, bufferIndex, length);
    }

    @Override
    public boolean discardsCheaply() {
        return file.discardsCheaply();
    }

    @Override
    public boolean discard(long offset, long length) {
        return file.discard(offset, length);
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return new Queue(wake);
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            // Queues are closed, so nothing is under way. This only waits for the threads to end.
            threads.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.close();
    }

    private int transfer(BackingIo io) {
        long address = io.kind == BackingIo.Kind.FLUSH ? 0 : NativeMemory.address(io.buffer) + io.bufferIndex;
        int end;
        do {
            int result = switch (io.kind) {
                case READ ->
                    calls.pread(
                            file.fd(),
                            address + io.transferred,
                            io.length - io.transferred,
                            io.offset + io.transferred);
                case WRITE ->
                    calls.pwrite(
                            file.fd(),
                            address + io.transferred,
                            io.length - io.transferred,
                            io.offset + io.transferred);
                case FLUSH -> flush();
            };
            end = TransferProgress.advance(io, result, file.logicalBlockBytes());
        } while (end == TransferProgress.CONTINUE);
        return end;
    }

    private int flush() {
        try {
            calls.fdatasync(file.fd());
            return 0;
        } catch (SystemCallException e) {
            return -e.errno();
        }
    }

    private final class Queue implements BackingQueue {
        private final Runnable wake;
        private final BackingIoStack ended = new BackingIoStack();
        private final BackingIoList completed = new BackingIoList();
        private int inFlight;

        Queue(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void submit(BackingIo io) {
            inFlight++;
            threads.execute(() -> run(io));
        }

        private void run(BackingIo io) {
            int result = -Errno.EIO;
            try {
                result = transfer(io);
            } finally {
                // Also after an unchecked exception: a transfer that never ends would hold its requests for good.
                io.result = result;
                if (ended.push(io)) {
                    wake.run();
                }
            }
        }

        @Override
        public void kick() {
            // The submit has started the transfer.
        }

        @Override
        public int poll() {
            ended.moveTo(completed);
            int count = 0;
            for (BackingIo io = completed.poll(); io != null; io = completed.poll()) {
                inFlight--;
                count++;
                io.end(io.result);
            }
            return count;
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public void close() {
            if (inFlight != 0) {
                throw new IllegalStateException(inFlight + " transfers in flight on " + file.path());
            }
        }
    }
}
