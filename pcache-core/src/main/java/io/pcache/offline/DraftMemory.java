package io.pcache.offline;

import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.CopiedMemory;
import io.pcache.memory.NoRoomException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A device as it would be. Stores stay here, in front of the device, which is only read from. So the code that writes
 * structures can work on a damaged cache, and its result can be looked at before anything is done to the device.
 *
 * <p>A sector that the device fails to read is taken for one full of {@code 0xFF}, which no checksum of the format
 * accepts, and in which no log ends. {@link #isUnreadable} remembers the sector.
 *
 * <p>Memory grows with the number of pages stored to. Not for use by several threads.
 */
public final class DraftMemory extends CopiedMemory {
    private static final int PAGE_BYTES = 4096;
    private static final byte UNREADABLE = (byte) 0xFF;

    private final CacheMemory device;
    private final TreeMap<Long, ByteBuffer> pages = new TreeMap<>();
    private final RangeSet changes = new RangeSet();
    private final RangeSet unreadable = new RangeSet();

    public DraftMemory(CacheMemory device) {
        this.device = device;
    }

    @Override
    public Kind kind() {
        return device.kind();
    }

    @Override
    public String describe() {
        return device.describe();
    }

    @Override
    public String path() {
        return device.path();
    }

    @Override
    public void requireRoom() throws NoRoomException {
        device.requireRoom();
    }

    @Override
    public long size() {
        return device.size();
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        Objects.checkFromIndexSize(offset, length, size());
        Long firstPage = pages.ceilingKey(offset & -PAGE_BYTES);
        if (firstPage == null || firstPage >= offset + length) {
            read(offset, target, targetIndex, length);
            return;
        }
        for (int done = 0, piece; done < length; done += piece) {
            long at = offset + done;
            piece = (int) Math.min(PAGE_BYTES - (at & PAGE_BYTES - 1), length - done);
            ByteBuffer page = pages.get(at & -PAGE_BYTES);
            if (page == null) {
                read(at, target, targetIndex + done, piece);
            } else {
                target.put(targetIndex + done, page, (int) at & PAGE_BYTES - 1, piece);
            }
        }
    }

    private void read(long offset, ByteBuffer target, int targetIndex, int length) {
        try {
            device.copyOut(offset, target, targetIndex, length);
        } catch (CacheMemoryException inThere) {
            for (int done = 0, piece; done < length; done += piece) {
                long at = offset + done;
                piece = (int) Math.min(DeviceLayout.SECTOR_BYTES - (at & DeviceLayout.SECTOR_BYTES - 1), length - done);
                readSector(at, target, targetIndex + done, piece);
            }
        }
    }

    private void readSector(long offset, ByteBuffer target, int targetIndex, int length) {
        try {
            device.copyOut(offset, target, targetIndex, length);
        } catch (CacheMemoryException bad) {
            unreadable.add(offset & -DeviceLayout.SECTOR_BYTES, DeviceLayout.SECTOR_BYTES);
            for (int i = 0; i < length; i++) {
                target.put(targetIndex + i, UNREADABLE);
            }
        }
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        Objects.checkFromIndexSize(offset, length, size());
        for (int done = 0, piece; done < length; done += piece) {
            long at = offset + done;
            piece = (int) Math.min(PAGE_BYTES - (at & PAGE_BYTES - 1), length - done);
            page(at & -PAGE_BYTES).put((int) at & PAGE_BYTES - 1, source, sourceIndex + done, piece);
        }
        changes.add(offset, length);
    }

    private ByteBuffer page(long start) {
        ByteBuffer page = pages.get(start);
        if (page == null) {
            page = ByteBuffer.allocate(PAGE_BYTES);
            read(start, page, 0, (int) Math.min(PAGE_BYTES, size() - start));
            pages.put(start, page);
        }
        return page;
    }

    /**
     * The ranges that have to be written to the device so that the device becomes like this draft. Where the device
     * cannot be read, these are whole pages: a part of a bad sector cannot be written.
     */
    public RangeSet changes() {
        RangeSet all = new RangeSet();
        changes.forEach((start, end) -> {
            all.add(start, end - start);
            for (long page = start & -PAGE_BYTES; page < end; page += PAGE_BYTES) {
                if (isUnreadable(page, PAGE_BYTES)) {
                    all.add(page, Math.min(PAGE_BYTES, size() - page));
                }
            }
        });
        return all;
    }

    /** Whether the device failed when a part of this range was read. This is known only for ranges that were read. */
    public boolean isUnreadable(long offset, int length) {
        return unreadable.intersects(offset, length);
    }

    /** Forgets the stores; the device stays open. */
    @Override
    public void close() {
        pages.clear();
    }
}
