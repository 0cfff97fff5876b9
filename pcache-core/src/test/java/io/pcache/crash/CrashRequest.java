package io.pcache.crash;

import io.pcache.memory.BufferMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A request to judged sectors, or of ballast, that tells the history when the request ends. A write brings its own id
 * as data; a read judges the data that it gets.
 */
final class CrashRequest extends Request implements RequestData {
    private static final int BALLAST = -1;

    private final History history;
    private final int firstSector;
    private final int sectors;
    private final ByteBuffer buffer;
    /** Told the place in the cache device from which data is loaded. */
    private LongConsumer onLoad = offset -> {};

    private int id = BALLAST;
    private long submitted;
    private boolean ended;
    private int result;

    private CrashRequest(History history, int firstSector, int sectors) {
        this.history = history;
        this.firstSector = firstSector;
        this.sectors = sectors;
        this.buffer = ByteBuffer.allocate(sectors * Zones.SECTOR);
    }

    static CrashRequest write(History history, int firstSector, int sectors, boolean fua) {
        CrashRequest request = new CrashRequest(history, firstSector, sectors);
        request.prepare(Op.WRITE, Zones.offset(firstSector), (long) sectors * Zones.SECTOR, fua, request);
        request.id = history.write(firstSector, sectors, fua);
        Zones.stamp(request.buffer, request.id, Zones.offset(firstSector), sectors * Zones.SECTOR);
        return request;
    }

    static CrashRequest read(History history, int firstSector, int sectors) {
        CrashRequest request = new CrashRequest(history, firstSector, sectors);
        request.submitted = history.now();
        request.prepare(Op.READ, Zones.offset(firstSector), (long) sectors * Zones.SECTOR, false, request);
        return request;
    }

    static CrashRequest flush(History history) {
        CrashRequest request = new CrashRequest(history, 0, 0);
        request.submitted = history.flush();
        request.prepare(Op.FLUSH, 0, 0, false, null);
        return request;
    }

    /** A write that takes space, with data that nobody looks at: only the first sector of each piece is stored. */
    static CrashRequest ballast(History history, int bytes) {
        CrashRequest request = new CrashRequest(history, 0, 1);
        request.prepare(Op.WRITE, Zones.BALLAST, bytes, false, request);
        return request;
    }

    CrashRequest onLoad(LongConsumer listener) {
        onLoad = listener;
        return this;
    }

    boolean isEnded() {
        return ended;
    }

    int result() {
        return result;
    }

    /** Whether this is a write that is under way, to a judged sector of the range. */
    boolean writes(int first, int count) {
        return op() == Op.WRITE
                && id != BALLAST
                && !ended
                && first < firstSector + sectors
                && firstSector < first + count;
    }

    @Override
    protected void completed(int result) {
        this.ended = true;
        this.result = result;
        Trace.say("%s ends with %d, at %d", this, result, history.now() + 1);
        if (result != 0) {
            return;
        }
        switch (op()) {
            case WRITE -> {
                if (id != BALLAST) {
                    history.writeEnded(id);
                }
            }
            case FLUSH -> history.flushEnded(submitted);
            default -> history.judgeRead(ids(), firstSector, submitted);
        }
    }

    private int[] ids() {
        int[] ids = new int[sectors];
        Arrays.setAll(ids, i -> Zones.idOf(buffer, i * Zones.SECTOR, Zones.offset(firstSector + i)));
        return ids;
    }

    @Override
    public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
        if (id != BALLAST) {
            memory.copyIn(cacheOffset, buffer, from, length);
        } else {
            if (memory instanceof BufferMemory) {
                // Where a transfer stores all of the buffer, zeros are not kept.
                memory.zero(cacheOffset, length);
            }
            memory.copyIn(cacheOffset, buffer, 0, Zones.SECTOR);
        }
    }

    @Override
    public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
        memory.copyOut(cacheOffset, buffer, from, length);
        if (!(memory instanceof BufferMemory)) {
            onLoad.accept(cacheOffset);
        }
    }

    @Override
    public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
        buffer.put(from, source, sourceIndex, length);
    }

    @Override
    public String toString() {
        return op() == Op.FLUSH ? "FLUSH" : op() + (fua() ? " with FUA" : "") + " " + name();
    }

    private String name() {
        return op() == Op.WRITE && id == BALLAST
                ? "of ballast"
                : (id == BALLAST ? "" : id + " ") + "of judged sectors " + firstSector + " + " + sectors;
    }
}
