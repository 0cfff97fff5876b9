package io.pcache.ublk;

import io.pcache.backing.MemoryPieces;
import io.pcache.request.BlockDevice;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
import io.pcache.ring.IoUring;
import io.pcache.ring.Ring;
import io.pcache.ring.RingConfig;
import io.pcache.ring.SubmissionQueue;
import io.pcache.ring.UserData;
import io.pcache.ring.Wakeup;
import io.pcache.sys.Errno;
import io.pcache.sys.Halt;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * One hardware queue: a platform thread with a ring of its own, which fetches requests, has its request queue serve
 * them, and commits them. The kernel takes commits of a tag only from the thread that has fetched the tag, so one
 * thread does all three.
 *
 * <p>Each tag is either parked in the kernel or owned by this thread. The loop ends when the kernel has given back
 * every tag (the device was stopped), or, after {@link #leave}, when the thread owns no tag. If the thread ends in any
 * other way, the process ends, too: the kernel would not notice, and the tags' I/O would hang.
 */
final class UblkQueue implements Runnable {
    // Completions beside those of the tags' commands: the backing device's transfers and the wake-up.
    private static final int OTHER_COMPLETIONS = 512;
    // Where requests wait for a disk, many of them end at once. So many operations go to the kernel together, so that
    // the client goes on while this thread serves the rest.
    private static final int HANDED_OVER = 8;
    // The kernel ignores CPUs that are not there.
    private static final int MOST_CPUS = 8192;

    private final SystemCalls calls = SystemCalls.linux();
    private final UblkDeviceInfo info;
    private final int queueId;
    private final int charFd;
    private final BitSet cpus;
    private final BlockDevice device;
    /** Whether most requests wait for a disk, and are not answered from memory. */
    private final boolean waitsForDisk;

    private final boolean deferred;
    private final boolean unprivileged;
    private final Thread thread;
    private final CompletableFuture<Void> fetched = new CompletableFuture<>();
    private final UblkRequest[] tags;
    private volatile boolean leaving;
    private volatile Wakeup wakeup;
    private volatile int ringFd = -1;

    // For the queue's thread only.
    private Ring ring;
    private RequestQueue requests;
    private SubmissionQueue submissions;
    private ByteBuffer entries;
    private ByteBuffer descriptors;
    private int client;
    private int fd;
    private int fdFlags;
    private int liveTags;
    private int ownedTags;
    private int rejected;

    /**
     * @param cpus the CPUs where requests of this queue are made
     * @param deferred see {@link RingConfig#deferred}
     * @param unprivileged whether to fetch without CAP_SYS_ADMIN; see {@link PartitionScan}
     */
    UblkQueue(
            UblkDeviceInfo info,
            int queueId,
            int charFd,
            BitSet cpus,
            BlockDevice device,
            boolean deferred,
            boolean unprivileged) {
        this.info = info;
        this.queueId = queueId;
        this.charFd = charFd;
        this.cpus = cpus;
        this.device = device;
        this.waitsForDisk = device.wantsBuffers();
        this.deferred = deferred;
        this.unprivileged = unprivileged;
        this.tags = new UblkRequest[info.depth()];
        MemoryPieces pieces = new MemoryPieces(RequestData.MAX_PLACES);
        for (int tag = 0; tag < tags.length; tag++) {
            tags[tag] = info.has(Ublk.F_USER_COPY)
                    ? new UserCopyRequest(this, queueId, tag, charFd, pieces)
                    : new BufferRequest(this, tag, info.maxIoBytes());
        }
        this.thread = new Thread(this, "pcache-ublk" + info.id() + "-q" + queueId);
        // The front end's close ends the thread; a JVM that exits otherwise should not wait for the thread.
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Returns when all tags are fetched. */
    void awaitFetched() throws SystemCallException {
        try {
            fetched.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SystemCallException refused) {
                throw refused;
            }
            throw e;
        }
    }

    /** The descriptor of the thread's ring, once the tags are fetched. */
    int ringFd() {
        return ringFd;
    }

    /** Ends the thread as soon as it owns no request, and leaves requests that wait to a successor. From any thread. */
    void leave() {
        leaving = true;
        Wakeup current = wakeup;
        if (current != null) {
            current.wake();
        }
    }

    /**
     * Waits for the thread's end.
     *
     * @param endNanos when to stop waiting, by {@link System#nanoTime}
     * @return whether the thread has ended; if not, the queue's memory and descriptors are still in use
     */
    boolean join(long endNanos) {
        boolean interrupted = false;
        for (long left = endNanos - System.nanoTime();
                thread.isAlive() && left > 0;
                left = endNanos - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    String threadName() {
        return thread.getName();
    }

    @Override
    public void run() {
        try {
            if (!waitsForDisk) {
                stayOn(cpus);
            } else if (cpus.cardinality() == 1) {
                stayBesideClients();
            }
            IoFlusher.set();
            int entryCount = Math.max(64, Integer.highestOneBit(info.depth() * 2 - 1) << 1);
            RingConfig config = RingConfig.forThread(entryCount, 2 * info.depth() + OTHER_COMPLETIONS + entryCount)
                    .withDeferral(deferred);
            try (Ring ring = Ring.open(config)) {
                serveOn(ring);
            }
        } catch (Throwable e) {
            if (!fetched.completeExceptionally(e)) {
                Halt.process(thread.getName(), e);
            }
        }
    }

    /**
     * Where requests wait for a disk, a client with many of them under way sends the next ones while this thread serves
     * the last ones. So the thread works on another processor than its clients. In a guest with 2 processors, a client
     * had 7300 random reads of 4 KiB a second at depth 64 with the thread anywhere, and 9700 so.
     */
    private void stayBesideClients() throws SystemCallException {
        BitSet others = new BitSet();
        others.set(0, MOST_CPUS);
        others.andNot(cpus);
        stayOn(others);
    }

    /** A thread near the CPUs that make the requests copies what is in their caches. */
    private void stayOn(BitSet wanted) throws SystemCallException {
        try {
            calls.setAffinity(0, wanted);
        } catch (SystemCallException e) {
            // A cpuset that forbids the wanted CPUs is the operator's choice.
            if (e.errno() != Errno.EINVAL && e.errno() != Errno.EPERM) {
                throw e;
            }
        }
    }

    private void serveOn(Ring ring) throws SystemCallException {
        this.ring = ring;
        ring.shareOnThread();
        ringFd = ring.fd();
        submissions = ring.submissions();
        entries = submissions.entries();
        client = ring.addClient((payload, result, flags) -> answered((int) payload, result));
        int slot = ring.registerFile(charFd);
        fd = slot >= 0 ? slot : charFd;
        fdFlags = slot >= 0 ? IoUring.SQE_FIXED_FILE : 0;
        long mappingBytes = DescriptorLayout.mappingBytes(info.depth(), calls.pageSize());
        long mapping = calls.mmap(
                0,
                mappingBytes,
                Linux.PROT_READ,
                Linux.MAP_SHARED | Linux.MAP_POPULATE,
                charFd,
                DescriptorLayout.mappingOffset(queueId, calls.pageSize()));
        try {
            descriptors = NativeMemory.wrap(mapping, Math.toIntExact(mappingBytes));
            try (Wakeup own = new Wakeup(ring);
                    RequestQueue queue = device.openQueue(null, own)) {
                requests = queue;
                wakeup = own;
                fetchAll(ring);
                serve(ring, queue, own);
                // Requests that still arrive while the wake-up is taken off the ring belong to a successor.
                leaving = true;
            }
        } finally {
            // Before the mapping goes: an access to the mapping afterwards would end the JVM.
            descriptors = null;
            calls.munmap(mapping, mappingBytes);
        }
    }

    private void fetchAll(Ring ring) throws SystemCallException {
        liveTags = tags.length;
        for (UblkRequest tag : tags) {
            command(Ublk.U_IO_FETCH_REQ, tag, 0);
        }
        boolean dropped = unprivileged && calls.setEffective(Linux.CAP_SYS_ADMIN, false);
        try {
            // The kernel answers refused fetches at once; a tag that is fetched gets its answer when a request comes.
            ring.submitAndWait(0);
            ring.dispatch();
        } finally {
            if (dropped) {
                calls.setEffective(Linux.CAP_SYS_ADMIN, true);
            }
        }
        if (rejected != 0) {
            throw new SystemCallException(-rejected, "ublk FETCH_REQ", "queue " + queueId + " of " + info.charPath());
        }
        fetched.complete(null);
    }

    private void serve(Ring ring, RequestQueue queue, Wakeup own) {
        while (liveTags > 0 && !(leaving && ownedTags == 0) || !queue.isIdle()) {
            int steps;
            do {
                steps = queue.poll();
            } while (steps > 0);
            if (!queue.holdsBack() && own.beginSleep()) {
                ring.submitAndWait(1);
                own.endSleep();
            } else {
                ring.submitAndWait(0);
            }
            ring.dispatch();
        }
        // The last commits, and nothing else, may still be queued.
        ring.submit();
    }

    // Takes the end of a tag's parked command.
    private void answered(int tag, int result) {
        if (result == -Errno.ENODEV) {
            liveTags--;
        } else if (result != 0) {
            if (fetched.isDone()) {
                throw new IllegalStateException(
                        "commit of tag " + tag + ": " + Errno.message(-result) + " (" + Errno.name(-result) + ")");
            }
            rejected = result;
        } else if (!leaving) {
            UblkRequest request = tags[tag];
            ownedTags++;
            if (request.take(descriptors)) {
                requests.submit(request);
            } else {
                commit(request, -Errno.EOPNOTSUPP);
            }
        }
    }

    /**
     * Answers a request, on the queue's thread.
     *
     * @param result bytes done, or a negative errno
     */
    void commit(UblkRequest request, int result) {
        ownedTags--;
        command(Ublk.U_IO_COMMIT_AND_FETCH_REQ, request, result);
        if (waitsForDisk && submissions.queued() >= HANDED_OVER) {
            ring.submit();
        }
    }

    private void command(int number, UblkRequest tag, int result) {
        int at = submissions.command(fd, number, UserData.of(client, tag.tag));
        submissions.flags(fdFlags);
        entries.putShort(at + IoCommandLayout.QUEUE_ID, (short) queueId);
        entries.putShort(at + IoCommandLayout.TAG, (short) tag.tag);
        entries.putInt(at + IoCommandLayout.RESULT, result);
        entries.putLong(at + IoCommandLayout.ADDRESS, tag.bufferAddress());
    }
}
