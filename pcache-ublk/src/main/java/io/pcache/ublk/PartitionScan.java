package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.Spawn;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Finds a new device's partitions, for kernels that do so within START_DEV (before Linux 7.0).
 *
 * <p>Those hold the driver's lock while they wait for the partition table. If the server dies in that time, nobody
 * answers: START_DEV never ends, and with it the dead process stays, with all its files and locks, and so do the device
 * and every command to it, until the machine is booted again. Linux 6.12 over a backing device that takes 2.5 s for a
 * read did that at each kill.
 *
 * <p>The kernel leaves the partition table alone where a queue's last FETCH came from a task without CAP_SYS_ADMIN. So
 * the queues' threads fetch without it, and the table is read by {@code partx} (util-linux) when the device is live: a
 * process like any other, whose reads wait for a successor when the server dies. The kernel does not look for
 * partitions of such a device later either: {@code partx} or {@code partprobe} does, after a change of the table.
 */
final class PartitionScan {
    private static final Logger LOG = System.getLogger(PartitionScan.class.getName());
    /** As long as START_DEV would take, but for a device that is very slow: there partitions come later. */
    private static final long PATIENCE_MS = 30_000;

    private PartitionScan() {}

    /** Returns when the partitions are there, if there are any. On a machine without partx there are none. */
    static void run(String device) {
        Thread scan = new Thread(() -> scan(device), "partition-scan");
        scan.setDaemon(true);
        scan.start();
        try {
            scan.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void scan(String device) {
        SystemCalls calls = SystemCalls.linux();
        try {
            int none = calls.open("/dev/null", Linux.O_RDWR);
            try {
                // By the shell's own search path, for partx is in different places.
                Spawn.await(Spawn.start(
                        List.of("/bin/sh", "-c", "exec partx --add -- \"$0\"", device), List.of(none, none, none)));
            } finally {
                calls.close(none);
            }
        } catch (SystemCallException e) {
            LOG.log(Level.WARNING, "partitions of " + device + " are not looked for: " + e.getMessage());
        }
    }
}
