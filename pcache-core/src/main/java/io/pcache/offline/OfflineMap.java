package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentMap;

/**
 * What each segment of a cache that is not active holds, by its log. Takes a few bytes for each segment, whatever the
 * log holds. So data that newer keys cover is counted, too, as far as it fits in its segment.
 */
public final class OfflineMap implements LogWalk.Visitor<RuntimeException> {
    private final CacheView view;
    private final SegmentMap map;
    private final Key key = new Key();
    private final int[] references;
    private boolean dirty;

    private OfflineMap(CacheView view) {
        this.view = view;
        this.map = new SegmentMap(view.segments());
        this.references = new int[view.segments()];
    }

    /**
     * Draws the map of a device whose structures and log have been checked.
     *
     * @throws OfflineException if the log could not be reached
     */
    public static SegmentMap of(CheckReport report) throws OfflineException {
        if (report.log() == null) {
            throw new OfflineException("the log cannot be reached: see what check says");
        }
        return new OfflineMap(report.view()).draw(report);
    }

    private SegmentMap draw(CheckReport report) {
        LogWalk walk = new LogWalk(report.draft(), view.segments(), view::dataOffset, view::generation);
        try {
            walk.run(report.log().keyTail(), this);
        } catch (LogCorruptException e) {
            // The log leads in a circle. The map has everything that was met in the circle.
            dirty = true;
        }
        for (int segment = 0; segment < view.segments(); segment++) {
            boolean log = walk.entered(segment);
            if (log || references[segment] > 0) {
                map.put(segment, log ? SegmentMap.Use.LOG : SegmentMap.Use.DATA, log ? 1 : references[segment]);
            }
        }
        map.log(report.log().keyTail(), report.log().dirtyTail(), report.log().end());
        return map;
    }

    @Override
    public void enter(int segment, KeySetReader from) {
        // The walk remembers the segment.
    }

    @Override
    public void keySet(KeySetReader keySet) {
        dirty |= keySet.position() == view.dirtyTail();
        if (keySet.isLast()) {
            return;
        }
        for (int i = 0; i < keySet.keys(); i++) {
            keySet.key(i, key);
            if (key.violation(view.segments(), Long.MAX_VALUE) == null && !view.isStale(key)) {
                references[key.segment]++;
                map.fill(key.segment, key.place + key.length);
                map.addData(key.segment, key.length >>> DeviceLayout.SECTOR_SHIFT, key.isClean() || !dirty);
            }
        }
    }
}
