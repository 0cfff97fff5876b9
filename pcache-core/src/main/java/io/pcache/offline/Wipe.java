package io.pcache.offline;

import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.recovery.DeviceContent;
import io.pcache.sys.SignatureLibrary;
import io.pcache.sys.SignatureLibrary.Signature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes a device blank, so that it can be formatted. A cache's metadata is cleared, and so is whatever is recognised as
 * something else. Data stays where it is. After an interruption, the wipe is simply run again.
 */
public final class Wipe {
    /** Bytes that are cleared at each end: everything that activation looks at before it formats is there. */
    private static final int END_BYTES = DeviceContent.BLANK_BYTES;
    /** Only pieces that are not zero are written, so a hole of a sparse file stays a hole. */
    private static final int PIECE_BYTES = 4096;
    /** A device has a signature or two. After this many, the library finds something that cannot be cleared. */
    private static final int MOST_SIGNATURES = 64;

    private final CheckReport report;
    private final CacheMemory device;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * @param report of a check of the device's structures
     * @param device open for writing
     */
    public Wipe(CheckReport report, CacheMemory device) {
        this.report = report;
        this.device = device;
    }

    /** Why the device's content should stay, as one line; null if nothing would be lost. */
    public String objection() {
        CheckReport.Log log = report.log();
        if (log == null) {
            return isDamagedCache()
                    ? "a pcache cache is on the device, or what is left of one, so damaged that it cannot be "
                            + "told what is dirty"
                    : null;
        }
        if (log.dirtyKeys() > 0) {
            return (report.isSound() ? "" : "at least ") + log.dirtyBytes() + " bytes (" + log.dirtyKeys()
                    + (log.dirtyKeys() == 1 ? " key" : " keys")
                    + ") are dirty, and not on the backing device yet";
        }
        return report.isSound() || report.isMendable()
                ? null
                : "the cache's log is damaged, and it cannot be told what behind the damage is dirty";
    }

    private boolean isDamagedCache() {
        if (report.isWithoutCache()) {
            return device.size() >= DeviceLayout.MIN_DEVICE_BYTES && DeviceContent.hasTraces(device);
        }
        return !report.isUnused();
    }

    /**
     * Wipes the device.
     *
     * @return what was there, for people; empty for a blank device
     * @throws OfflineException if something is still recognised afterwards
     */
    public List<String> run() throws OfflineException {
        Set<String> content = new LinkedHashSet<>();
        if (!report.isWithoutCache()) {
            content.add("a pcache cache");
        }
        List<Signature> signatures = signatures();
        signatures.forEach(signature -> content.add(signature.type()));
        // The superblock goes first, and alone: whatever a crash leaves then is no cache any more, and is not taken for
        // one.
        if (device.size() >= DeviceLayout.SUPERBLOCK + SuperblockLayout.BYTES
                && clear(DeviceLayout.SUPERBLOCK, DeviceLayout.SUPERBLOCK + SuperblockLayout.BYTES)) {
            sync();
        }
        long end = Math.min(END_BYTES, device.size());
        boolean cleared = clear(0, end);
        cleared |= clear(Math.max(end, device.size() - END_BYTES), device.size());
        sync();
        for (int count = 0; !(signatures = signatures()).isEmpty(); count++) {
            Signature signature = signatures.get(0);
            if (count == MOST_SIGNATURES
                    || !clear(
                            signature.offset(),
                            Math.min(device.size(), signature.offset() + Math.max(1, signature.bytes())))) {
                throw new OfflineException("the device is wiped, but libblkid still finds " + signature.type()
                        + " at byte " + signature.offset());
            }
            sync();
        }
        if (cleared && content.isEmpty()) {
            content.add("something unknown");
        }
        return new ArrayList<>(content);
    }

    private List<Signature> signatures() {
        return device.path() == null
                ? List.of()
                : SignatureLibrary.load()
                        .map(library -> library.find(device.path()))
                        .orElse(List.of());
    }

    /** @return whether there was anything but zeros */
    private boolean clear(long from, long end) {
        boolean cleared = false;
        for (long at = from; at < end; ) {
            int length = (int) Math.min(PIECE_BYTES - at % PIECE_BYTES, end - at);
            device.copyOut(at, piece, 0, length);
            if (!isZero(length)) {
                device.prepare(at, length);
                device.zero(at, length);
                cleared = true;
            }
            at += length;
        }
        return cleared;
    }

    private boolean isZero(int length) {
        for (int i = 0; i < length; i++) {
            if (piece.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void sync() {
        device.drain();
        device.sync();
    }
}
