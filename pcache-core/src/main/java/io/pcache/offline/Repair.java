package io.pcache.offline;

import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Does to a device what a check has tried on a draft of the device, and can undo this.
 *
 * <p>Everything that will be overwritten is durable in a backup file before the first byte is written. The device is
 * written from its end to its start, so that the superblock, which vouches for the rest, comes last. After a crash in
 * between, the device can be repaired again, or the repair can be undone.
 */
public final class Repair {
    private static final int MOST_BYTES = 64 << 10;

    private Repair() {}

    /**
     * Repairs a device.
     *
     * @param report of a check on this device
     * @param path path of the device, for the backup
     * @param backup file to be made
     * @return number of ranges written
     * @throws IOException if the backup cannot be written; the device is unchanged then
     * @throws CacheMemoryException if the device fails; what was written so far stays, and is in the backup
     */
    public static int apply(CheckReport report, CacheMemory device, String path, Path backup) throws IOException {
        RepairBackup planned = plan(report.draft(), device, path);
        planned.write(backup);
        write(device, planned.ranges(), true);
        return planned.ranges().size();
    }

    private static RepairBackup plan(DraftMemory draft, CacheMemory device, String path) {
        List<RepairBackup.Range> ranges = new ArrayList<>();
        draft.changes().forEach((start, end) -> {
            for (long at = start; at < end; at += MOST_BYTES) {
                int length = (int) Math.min(MOST_BYTES, end - at);
                byte[] old = read(device, at, length);
                byte[] written = read(draft, at, length);
                if (!Arrays.equals(old, written)) {
                    ranges.add(new RepairBackup.Range(at, old, written));
                }
            }
        });
        return new RepairBackup(path, device.size(), ranges);
    }

    /** Null if the device fails. */
    private static byte[] read(CacheMemory memory, long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try {
            memory.copyOut(offset, buffer, 0, length);
        } catch (CacheMemoryException unreadable) {
            return null;
        }
        return buffer.array();
    }

    private static void write(CacheMemory device, List<RepairBackup.Range> ranges, boolean forth) {
        for (int i = ranges.size() - 1; i >= 0; i--) {
            RepairBackup.Range range = ranges.get(i);
            byte[] bytes = forth ? range.written() : range.old();
            if (bytes != null) {
                device.copyIn(range.offset(), ByteBuffer.wrap(bytes), 0, bytes.length);
                device.drain();
                device.sync();
            }
        }
    }

    /**
     * Undoes a repair.
     *
     * @return number of ranges that could not be brought back, because they were unreadable before the repair
     * @throws IOException if the device is another one, or something else has written to a range since; nothing is
     *     changed then
     */
    public static int undo(RepairBackup backup, CacheMemory device) throws IOException {
        if (backup.size() != device.size()) {
            throw new IOException("the backup is of a device of " + backup.size() + " bytes (" + backup.device()
                    + "), this one has " + device.size());
        }
        int lost = 0;
        for (RepairBackup.Range range : backup.ranges()) {
            if (range.offset() < 0 || range.offset() > device.size() - range.written().length) {
                throw new IOException("the backup names byte " + range.offset() + ", which is beyond the device");
            }
            byte[] now = read(device, range.offset(), range.written().length);
            if (range.old() == null) {
                lost++;
            } else if (now != null && !Arrays.equals(now, range.written()) && !Arrays.equals(now, range.old())) {
                throw new IOException("the " + range.written().length + " bytes at " + range.offset()
                        + " of the device are neither what the repair wrote nor what was there before: "
                        + "the cache was in use since, or this is another device");
            }
        }
        write(device, backup.ranges(), false);
        return lost;
    }
}
