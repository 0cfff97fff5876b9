package io.pcache.ublk;

import io.pcache.sys.Linux;
import io.pcache.sys.Spawn;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Finds the partitions of a new device, for kernels that look for partitions within START_DEV (before Linux 7.0).
 *
 * <p>These kernels hold the driver's lock while they wait for the partition table. If the server dies in that time,
 * nobody answers, and START_DEV never ends. With it, the dead process stays, with all its files and locks. The device
 * and every command to it stay, too, until the machine is booted again. Linux 6.12, over a backing device that takes
 * 2.5 s for a read, did this at each kill.
 *
 * <p>The kernel leaves the partition table alone where a queue's last FETCH came from a task without CAP_SYS_ADMIN. So
 * the queues' threads fetch without this capability, and {@code partx} (util-linux) reads the table when the device is
 * live. {@code partx} is a process like any other: when the server dies, its reads wait for a successor. The kernel
 * does not look for partitions of such a device later either: after a change of the table, {@code partx} or
 * {@code partprobe} does.
 */
final class PartitionScan {
    private static final Logger LOG = System.getLogger(PartitionScan.class.getName());
    /** As long as START_DEV would take, except on a very slow device: there, partitions come later. */
    private static final long PATIENCE_MS = 30_000;

    private PartitionScan() {}

    /** Looks for partitions; returns when those that exist are there. On a machine without partx there are none. */
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
                // By the shell's search path, because partx is in different places.
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
