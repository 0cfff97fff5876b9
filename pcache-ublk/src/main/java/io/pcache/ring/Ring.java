package io.pcache.ring;

import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One io_uring. One platform thread makes, uses and closes the ring ({@link RingConfig#singleThread}). The thread's
 * round is:
 *
 * <pre>
 *    queue operations on submissions();
 *    ring.submitAndWait(1);      // one system call: hands over, waits
 *    ring.dispatch();            // completions go to the clients' handlers
 * </pre>
 *
 * Completions appear only inside {@link #submitAndWait} and {@link #dispatch}; if the ring is not deferred, completions
 * also appear in other system calls of the thread. So the thread must come back to these methods, and must not sleep
 * anywhere else. Another thread ends the wait with a {@link Wakeup}.
 *
 * <p>The methods of the round allocate nothing. When a method throws {@link UncheckedIOException}, the ring is broken,
 * or a completion is lost for good: the owner must give up all that the owner served with the ring.
 */
public final class Ring implements AutoCloseable {

    // Tried in turn; the kernel answers flags that it does not know with EINVAL.
    private static final List<Integer> DEFERRED_FLAGS = List.of(
            IoUring.SETUP_SINGLE_ISSUER
                    | IoUring.SETUP_DEFER_TASKRUN
                    | IoUring.SETUP_COOP_TASKRUN
                    | IoUring.SETUP_SUBMIT_ALL
                    | IoUring.SETUP_NO_SQARRAY,
            IoUring.SETUP_SINGLE_ISSUER
                    | IoUring.SETUP_DEFER_TASKRUN
                    | IoUring.SETUP_COOP_TASKRUN
                    | IoUring.SETUP_SUBMIT_ALL,
            IoUring.SETUP_COOP_TASKRUN | IoUring.SETUP_SUBMIT_ALL,
            0);
    private static final List<Integer> SINGLE_THREAD_FLAGS = List.of(
            IoUring.SETUP_SINGLE_ISSUER
                    | IoUring.SETUP_COOP_TASKRUN
                    | IoUring.SETUP_SUBMIT_ALL
                    | IoUring.SETUP_NO_SQARRAY,
            IoUring.SETUP_COOP_TASKRUN | IoUring.SETUP_SUBMIT_ALL,
            0);
    private static final List<Integer> SHARED_FLAGS = List.of(IoUring.SETUP_SUBMIT_ALL, 0);

    private static final ThreadLocal<Ring> OF_THREAD = new ThreadLocal<>();

    private final SystemCalls calls;
    private final int fd;
    private final int sqFlagsOffset;
    private final RingMemory memory;
    private final SubmissionQueue submissions;
    private final CompletionQueue completions;
    private final RingTable files;
    private final RingTable buffers;
    private final CompletionHandler[] clients = new CompletionHandler[UserData.MAX_CLIENTS];
    private final ByteBuffer wait = NativeMemory.allocate(WaitLayout.BYTES);
    private final long waitAddress = NativeMemory.address(wait);
    // The first argument of io_uring_enter: the ring's descriptor, or the slot where the task has registered the
    // descriptor, which saves a look-up per call.
    private int enterFd;
    private int enterFlags;
    private boolean dispatching;

    private Ring(SystemCalls calls, int fd, int setupFlags, ByteBuffer params, RingConfig config)
            throws SystemCallException {
        int sqeBytes = config.largeEntries() ? SqeLayout.BYTES_LARGE : SqeLayout.BYTES;
        this.calls = calls;
        this.fd = fd;
        this.enterFd = fd;
        this.sqFlagsOffset = params.getInt(RingParamsLayout.SQ_OFF_FLAGS);
        this.memory = RingMemory.map(calls, fd, params, sqeBytes);
        this.submissions =
                new SubmissionQueue(this, memory, params, sqeBytes, (setupFlags & IoUring.SETUP_NO_SQARRAY) == 0);
        this.completions = new CompletionQueue(memory, params);
        this.files = new RingTable(calls, fd, RingTable.Kind.FILES, config.fileSlots());
        this.buffers = new RingTable(calls, fd, RingTable.Kind.BUFFERS, config.bufferSlots());
        if (config.singleThread()) {
            registerSelf();
        }
    }

    /**
     * Makes a ring that works in the newest way that the kernel has. To be called on the thread that will use the ring.
     *
     * @throws SystemCallException EPERM or ENOSYS where io_uring is forbidden (sysctl {@code kernel.io_uring_disabled},
     *     or a container's seccomp profile); ENOMEM above the limit of locked memory; EMFILE
     */
    public static Ring open(RingConfig config) throws SystemCallException {
        return open(SystemCalls.linux(), config);
    }

    static Ring open(SystemCalls calls, RingConfig config) throws SystemCallException {
        SystemCallException refused = null;
        for (int flags :
                !config.singleThread() ? SHARED_FLAGS : config.deferred() ? DEFERRED_FLAGS : SINGLE_THREAD_FLAGS) {
            ByteBuffer params = NativeMemory.allocate(RingParamsLayout.BYTES);
            int all = flags | IoUring.SETUP_CQSIZE | (config.largeEntries() ? IoUring.SETUP_SQE128 : 0);
            params.putInt(RingParamsLayout.FLAGS, all);
            params.putInt(RingParamsLayout.CQ_ENTRIES, config.completions());
            int fd;
            try {
                fd = calls.ioUringSetup(config.entries(), NativeMemory.address(params));
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EINVAL) {
                    throw e;
                }
                refused = e;
                continue;
            }
            return finish(calls, fd, all, params, config);
        }
        throw refused;
    }

    private static Ring finish(SystemCalls calls, int fd, int flags, ByteBuffer params, RingConfig config)
            throws SystemCallException {
        try {
            int needed = IoUring.FEAT_SINGLE_MMAP | IoUring.FEAT_NODROP | IoUring.FEAT_EXT_ARG;
            if ((params.getInt(RingParamsLayout.FEATURES) & needed) != needed) {
                throw new SystemCallException(Errno.EOPNOTSUPP, "io_uring_setup", "needs Linux 5.11 or later");
            }
            return new Ring(calls, fd, flags, params, config);
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    // A kernel before 5.18 refuses, and everything works without the registration.
    private void registerSelf() {
        ByteBuffer update = NativeMemory.allocate(ResourceLayout.UPDATE_BYTES);
        update.putInt(ResourceLayout.UPDATE_SLOT, -1);
        update.putLong(ResourceLayout.UPDATE_DATA, fd);
        if (calls.ioUringRegister(fd, IoUring.REGISTER_RING_FDS, NativeMemory.address(update), 1) == 1) {
            enterFd = update.getInt(ResourceLayout.UPDATE_SLOT);
            enterFlags = IoUring.ENTER_REGISTERED_RING;
        }
    }

    /**
     * The ring of the calling thread, if the thread has a ring that others may use ({@link #shareOnThread}); else null.
     * So code that runs on a ring thread can join that thread's round, and need not hand its I/O to another thread.
     */
    public static Ring ofThread() {
        return OF_THREAD.get();
    }

    /** Makes this ring the ring of the calling thread, until the ring is closed. */
    public void shareOnThread() {
        OF_THREAD.set(this);
    }

    /**
     * Adds a receiver of completions; at most 256 at once.
     *
     * @return the client number for {@link UserData#of}
     */
    public int addClient(CompletionHandler handler) {
        for (int client = 0; client < clients.length; client++) {
            if (clients[client] == null) {
                clients[client] = handler;
                return client;
            }
        }
        throw new IllegalStateException("a ring has at most " + clients.length + " clients");
    }

    /** Frees a client number. The client must have nothing in flight. */
    public void removeClient(int client) {
        clients[client] = null;
    }

    public SubmissionQueue submissions() {
        return submissions;
    }

    /** Hands queued operations to the kernel, without waiting. */
    public void submit() {
        int toSubmit = submissions.publish();
        while (toSubmit > 0) {
            int taken = calls.ioUringEnter(enterFd, toSubmit, 0, enterFlags);
            if (taken < 0 && taken != -Errno.EINTR) {
                checkTransient(-taken);
                // The kernel is short of memory, or completions must be fetched first to make room. Either way, get
                // completions moving.
                Thread.onSpinWait();
                calls.ioUringEnter(enterFd, 0, 0, enterFlags | IoUring.ENTER_GETEVENTS);
            }
            toSubmit = submissions.queued();
        }
    }

    /**
     * Hands queued operations to the kernel and waits until {@code minComplete} completions are there, in one system
     * call. May return earlier.
     *
     * @param minComplete 0 for a look without waiting
     */
    public void submitAndWait(int minComplete) {
        int toSubmit = submissions.publish();
        do {
            int taken = calls.ioUringEnter(enterFd, toSubmit, minComplete, enterFlags | IoUring.ENTER_GETEVENTS);
            if (taken < 0 && mustReturn(-taken)) {
                return;
            }
            // The kernel takes fewer entries than asked for if an entry was invalid, which the entry's completion says.
            // The kernel has not waited then.
            toSubmit = submissions.queued();
        } while (toSubmit > 0);
    }

    /**
     * As {@link #submitAndWait(int)}, for at most {@code timeoutNanos}. Allocates a little: not for the I/O path.
     *
     * @return false if the time was over
     */
    public boolean submitAndWait(int minComplete, long timeoutNanos) {
        submit();
        wait.putLong(WaitLayout.TIMESPEC_ADDRESS, waitAddress + WaitLayout.TIMESPEC);
        wait.putLong(WaitLayout.TIMESPEC + WaitLayout.SECONDS, timeoutNanos / 1_000_000_000L);
        wait.putLong(WaitLayout.TIMESPEC + WaitLayout.NANOSECONDS, timeoutNanos % 1_000_000_000L);
        int result = calls.ioUringEnter(
                enterFd,
                0,
                minComplete,
                enterFlags | IoUring.ENTER_GETEVENTS | IoUring.ENTER_EXT_ARG,
                waitAddress,
                WaitLayout.ARGUMENT_BYTES);
        if (result == -Errno.ETIME) {
            return false;
        }
        if (result < 0) {
            mustReturn(-result);
        }
        return true;
    }

    // EINTR ends a wait: the owner looks at its state and comes back. Shortage ends a wait, too, when there is
    // something to dispatch.
    private boolean mustReturn(int errno) {
        if (errno == Errno.EINTR) {
            return submissions.queued() == 0;
        }
        checkTransient(errno);
        return !completions.isEmpty();
    }

    private void checkTransient(int errno) {
        if (errno == Errno.EAGAIN || errno == Errno.EBUSY || errno == Errno.ENOMEM) {
            return;
        }
        // EBADR: completions were lost for want of memory. EEXIST: the calling thread is not the ring's owner.
        String hint = errno == Errno.EBADR
                ? " (completions were lost)"
                : errno == Errno.EEXIST ? " (not the ring's own thread)" : "";
        throw new UncheckedIOException(new SystemCallException(errno, "io_uring_enter", "ring fd " + fd + hint));
    }

    /** Hands all completions that have arrived to their clients; returns how many. */
    public int dispatch() {
        if (dispatching) {
            throw new IllegalStateException("dispatch called from a completion handler");
        }
        dispatching = true;
        try {
            int count = completions.drain(clients);
            while ((memory.opaque(sqFlagsOffset) & IoUring.SQ_CQ_OVERFLOW) != 0) {
                int result = calls.ioUringEnter(enterFd, 0, 0, enterFlags | IoUring.ENTER_GETEVENTS);
                if (result < 0 && result != -Errno.EINTR) {
                    checkTransient(-result);
                }
                count += completions.drain(clients);
            }
            return count;
        } finally {
            dispatching = false;
        }
    }

    /**
     * Registers a file, so that operations on the file need not look up and pin the descriptor each time.
     *
     * @return the slot to use as {@code fd} with {@link IoUring#SQE_FIXED_FILE}, or -1 where no slot is left, or where
     *     the kernel has no such tables (before 5.19)
     */
    public int registerFile(int fileFd) {
        return files.registerFile(fileFd);
    }

    /** Frees a slot; the ring no longer keeps the file open. */
    public void unregisterFile(int slot) throws SystemCallException {
        files.unregister(slot);
    }

    /**
     * Registers memory for transfers, so that the kernel need not look up and pin its pages for each of them. The pages
     * stay pinned until the memory is unregistered, or the ring has ended.
     *
     * @return the slot for {@link SubmissionQueue#readFixed} and {@link SubmissionQueue#writeFixed}, or -1 where no
     *     slot is left, where the kernel has no such tables (before 5.19), or where it may not pin as much
     */
    public int registerMemory(long address, long length) {
        return buffers.registerMemory(address, length);
    }

    /** Frees a slot. No transfer may use it. */
    public void unregisterMemory(int slot) throws SystemCallException {
        buffers.unregister(slot);
    }

    private void register(int operation, long argument, int count) throws SystemCallException {
        int result = calls.ioUringRegister(fd, operation, argument, count);
        if (result < 0) {
            throw new SystemCallException(-result, "io_uring_register", "operation " + operation + " on ring fd " + fd);
        }
    }

    /** The descriptor that io_uring_setup returned. */
    public int fd() {
        return fd;
    }

    /**
     * Ends the ring, on the ring's thread. The kernel cancels operations in flight a little after this method has
     * returned. Buffers must stay valid until their operations have completed, so wait for the operations first.
     */
    @Override
    public void close() throws SystemCallException {
        if (OF_THREAD.get() == this) {
            OF_THREAD.remove();
        }
        // The registration would keep the ring, and all files that the ring uses, open until the thread ends.
        if (enterFlags != 0) {
            ByteBuffer update = NativeMemory.allocate(ResourceLayout.UPDATE_BYTES);
            update.putInt(ResourceLayout.UPDATE_SLOT, enterFd);
            register(IoUring.UNREGISTER_RING_FDS, NativeMemory.address(update), 1);
        }
        memory.unmap();
        calls.close(fd);
    }
}
