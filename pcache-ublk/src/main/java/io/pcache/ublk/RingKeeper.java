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
 * A small process that keeps the queues' rings open a second longer than a server that dies, for kernels before Linux
 * 6.15.
 *
 * <p>These kernels have a race (repaired by the change "ublk: fix race between io_uring_cmd_complete_in_task and
 * ublk_cancel_cmd"). When a server dies while requests arrive, a command that has just been given a request is
 * cancelled, although the request is still on the work list of the dying thread. The command's memory belongs to the
 * ring. If the ring is gone when the thread comes to its list, the kernel crashes: with Linux 6.12 and two queues under
 * fio, in a busy guest, in one kill of eight. If the ring is not deferred, the dying thread itself runs the list before
 * the process's files are closed. The process's last thread does not, so the kernel crashed in one kill of some twenty.
 * If another process keeps the rings open, the memory is there in any case, and the requests on the list are put back
 * for the successor as they should be.
 *
 * <p>The process reads a pipe; the server has the other end. When the server's end is closed, the process waits for a
 * second and ends; in this second, a successor finds the device busy and tries again. When the server writes a word,
 * the process ends at once.
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

    /** Starts the process; null, with a warning, where that is impossible: the device works without the process. */
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

    /**
     * Gives the rings up at once; returns when the process has ended. For a device that is gone, or was not there yet.
     */
    void release() throws SystemCallException {
        ByteBuffer word = NativeMemory.allocate(1).put(0, (byte) '\n');
        // If the process has been killed, nobody reads the pipe.
        calls.write(pipe, NativeMemory.address(word), 1);
        calls.close(pipe);
        Spawn.await(pid);
    }

    /** Gives the rings up after a second. For a device that goes on to get requests. */
    void leave() throws SystemCallException {
        calls.close(pipe);
    }
}
