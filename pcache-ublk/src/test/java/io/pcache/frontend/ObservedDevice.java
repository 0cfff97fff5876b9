package io.pcache.frontend;

import io.pcache.backing.BackingQueue;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * A block device in memory. Requests complete within submit, or later, in any order, after a wake-up from another
 * thread ({@link Completion}). Sectors can be made to fail; requests can be held back and are counted.
 */
public final class ObservedDevice implements BlockDevice, AutoCloseable {
    public static final int SECTOR = 512;

    public enum Completion {
        AT_ONCE,
        SHUFFLED,
        /** Another thread wakes the queue's just before it would sleep. */
        WOKEN_LATE
    }

    /** What has been submitted, for tests to look at. */
    public record Submitted(Request.Op op, long offset, long length, boolean fua) {}

    public final BufferMemory memory;
    public final Queue<Submitted> submitted = new ConcurrentLinkedQueue<>();
    /** How often queues were polled. */
    public final AtomicLong polls = new AtomicLong();

    public volatile boolean keepSubmitted;
    /** Whether requests that are held back are given up when the front end wants that. */
    public volatile boolean givesUp;
    /** To be set before it is served. */
    public boolean withoutDiscard;

    public volatile RuntimeException submitFails;

    private final long size;
    private final int logicalBlock;
    private final boolean readOnly;
    private final Completion completion;
    private final ConcurrentHashMap<Long, Integer> badSectors = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<Runnable> finisher = new LinkedBlockingQueue<>();
    private final Thread finisherThread = new Thread(this::finish, "observed-device");
    private final List<MemoryQueue> queues = Collections.synchronizedList(new ArrayList<>());
    private final AtomicBoolean held = new AtomicBoolean();

    public ObservedDevice(long size, int logicalBlock, boolean readOnly, Completion completion) {
        this.size = size;
        this.logicalBlock = logicalBlock;
        this.readOnly = readOnly;
        this.completion = completion;
        this.memory = new BufferMemory((int) size);
        finisherThread.setDaemon(true);
        finisherThread.start();
    }

    public static ObservedDevice ofMiB(int mib) {
        return new ObservedDevice((long) mib << 20, SECTOR, false, Completion.AT_ONCE);
    }

    /** Requests that touch this sector end with the error. */
    public void failAt(long offset, int errno) {
        badSectors.put(offset / SECTOR, errno);
    }

    /** From now on, no request completes. */
    public void hold() {
        held.set(true);
    }

    public void release() {
        held.set(false);
        queues.forEach(queue -> queue.wake.run());
    }

    public int openQueues() {
        return queues.size();
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public int logicalBlockBytes() {
        return logicalBlock;
    }

    @Override
    public int physicalBlockBytes() {
        return 4096;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean discards() {
        return !withoutDiscard;
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        MemoryQueue queue = new MemoryQueue(wake);
        queues.add(queue);
        return queue;
    }

    @Override
    public void close() {
        finisherThread.interrupt();
    }

    private void finish() {
        try {
            while (true) {
                finisher.take().run();
            }
        } catch (InterruptedException e) {
            // The test is over.
        }
    }

    private int run(Request request) {
        long end = request.offset() + request.length();
        if (!badSectors.isEmpty()) {
            for (long sector = request.offset() / SECTOR; sector * SECTOR < end; sector++) {
                Integer errno = badSectors.get(sector);
                if (errno != null) {
                    return -errno;
                }
            }
        }
        int length = (int) request.length();
        switch (request.op()) {
            case READ -> request.data().fromCache(memory, request.offset(), 0, length);
            case WRITE -> request.data().toCache(memory, request.offset(), 0, length);
            case WRITE_ZEROES, DISCARD -> memory.zero(request.offset(), length);
            case FLUSH -> {}
        }
        return 0;
    }

    private final class MemoryQueue implements RequestQueue {
        final Runnable wake;
        private final ArrayDeque<Request> waiting = new ArrayDeque<>();
        private final Queue<Request> finished = new ConcurrentLinkedQueue<>();
        private final Random random = new Random(7);
        private final Thread owner = Thread.currentThread();
        private int inFlight;

        MemoryQueue(Runnable wake) {
            this.wake = wake;
        }

        @Override
        public void submit(Request request) {
            checkThread();
            if (submitFails != null) {
                throw submitFails;
            }
            if (keepSubmitted) {
                submitted.add(new Submitted(request.op(), request.offset(), request.length(), request.fua()));
            }
            boolean outside = request.offset() < 0 || request.offset() + request.length() > size;
            boolean unaligned = ((request.offset() | request.length()) & logicalBlock - 1) != 0;
            if (outside || unaligned) {
                throw new AssertionError(
                        "the front end let through " + request.op() + " " + request.offset() + "+" + request.length());
            }
            inFlight++;
            if (completion == Completion.AT_ONCE && !held.get()) {
                complete(request);
            } else {
                waiting.add(request);
            }
        }

        @Override
        public int poll() {
            checkThread();
            polls.incrementAndGet();
            if (held.get()) {
                return 0;
            }
            if (!waiting.isEmpty()) {
                handOver();
                if (completion == Completion.WOKEN_LATE) {
                    CompletableFuture.runAsync(wake).join();
                    return 0;
                }
            }
            int steps = 0;
            for (Request request = finished.poll(); request != null; request = finished.poll()) {
                complete(request);
                steps++;
            }
            return steps;
        }

        private void handOver() {
            List<Request> batch = new ArrayList<>(waiting);
            waiting.clear();
            if (completion != Completion.SHUFFLED) {
                finished.addAll(batch);
                return;
            }
            Collections.shuffle(batch, random);
            finisher.add(() -> {
                finished.addAll(batch);
                wake.run();
            });
        }

        private void complete(Request request) {
            inFlight--;
            request.end(ObservedDevice.this.run(request));
        }

        private void checkThread() {
            if (Thread.currentThread() != owner) {
                throw new AssertionError("called by " + Thread.currentThread());
            }
        }

        @Override
        public void giveUp(Predicate<Request> which) {
            checkThread();
            if (!givesUp) {
                return;
            }
            for (Request request : List.copyOf(waiting)) {
                if (which.test(request)) {
                    waiting.remove(request);
                    inFlight--;
                    request.end(-Errno.EIO);
                }
            }
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public void close() {
            checkThread();
            if (inFlight != 0) {
                throw new AssertionError(inFlight + " requests are in flight");
            }
            queues.remove(this);
        }
    }
}
