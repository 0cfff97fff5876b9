package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.Spawn;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A small process that keeps the queues' rings a second longer than the server that dies, for kernels before Linux
 * 6.15.
 *
 * <p>Those have a race ("ublk: fix race between io_uring_cmd_complete_in_task and ublk_cancel_cmd" is the change that
 * mended it): when a server dies while requests arrive, a command that was just given one is cancelled with its request
 * still on the list of what the dying thread has to do. The command's memory is the ring's. If the ring is gone when
 * the thread comes to its list, the kernel dies: with Linux 6.12 and two queues under fio, in a busy guest, in one kill
 * of eight. With a ring that is not deferred the list is run by the dying thread itself, before the process's files are
 * closed, except by its last thread: one kill in some twenty. With the rings kept open in another process the memory is
 * there in any case, and what is on the list is put back for the successor as it should be.
 *
 * <p>The process reads a pipe of which the server has the other end. When that is closed it waits for a second, in
 * which a successor finds the device busy and tries again, and ends; told so by a word, it ends at once.
 */
final class RingKeeper {
    private static final Logger LOG = System.getLogger(RingKeeper.class.getName());
    private static final List<String> COMMAND = List.of("/bin/sh", "-c", "read -r word || exec /bin/sleep 1");

    private final SystemCalls calls = SystemCalls.linux();
    private final int pid;
    private final int pipe;

    private RingKeeper(int pid, int pipe) {
        this.pid = pid;
        this.pipe = pipe;
    }

    /** Null, and a warning, where it cannot be: the device works without. */
    static RingKeeper start(List<Integer> rings) {
        SystemCalls calls = SystemCalls.linux();
        try {
            int[] pipe = Spawn.pipe();
            int none = calls.open("/dev/null", Linux.O_RDWR);
            try {
                List<Integer> descriptors = new ArrayList<>(List.of(pipe[0], none, none));
                descriptors.addAll(rings);
                return new RingKeeper(Spawn.start(COMMAND, descriptors), pipe[1]);
            } catch (SystemCallException e) {
                calls.close(pipe[1]);
                throw e;
            } finally {
                calls.close(none);
                calls.close(pipe[0]);
            }
        } catch (SystemCallException e) {
            LOG.log(
                    Level.WARNING,
                    "this kernel may crash if the target is killed under load, since nothing can keep its rings: "
                            + e.getMessage());
            return null;
        }
    }

    /** Gives the rings up; returns when it has. For a device that is gone, or was not there yet. */
    void release() throws SystemCallException {
        ByteBuffer word = NativeMemory.allocate(1).put(0, (byte) '\n');
        // It may have been killed: then there is nobody to read.
        calls.write(pipe, NativeMemory.address(word), 1);
        calls.close(pipe);
        Spawn.await(pid);
    }

    /** Gives the rings up after its second. For a device whose requests go on to arrive. */
    void leave() throws SystemCallException {
        calls.close(pipe);
    }
}
