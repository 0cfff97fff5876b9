package io.pcache.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The mappings of one subtree, sector by sector: an extent of one sector for each mapped sector. The index must say the
 * same.
 */
final class SectorModel {
    private final long[] sectors = new long[Extent.SUBTREE_SECTORS];

    SectorModel() {
        Arrays.fill(sectors, Extent.NONE);
    }

    void insert(long extent) {
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            sectors[s] = Extent.clip(extent, s, s + 1);
        }
    }

    int insertMissing(long extent) {
        int mapped = 0;
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            if (sectors[s] == Extent.NONE) {
                sectors[s] = Extent.clip(extent, s, s + 1);
                mapped++;
            }
        }
        return mapped;
    }

    void removePlace(long extent) {
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            if (holds(s, extent)) {
                sectors[s] = Extent.NONE;
            }
        }
    }

    void mark(long extent, boolean clean) {
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            if (holds(s, extent)) {
                sectors[s] = Extent.of(s, 1, clean, Extent.segment(sectors[s]), Extent.place(sectors[s]));
            }
        }
    }

    /** As {@link CacheIndex#dirtyRun}. */
    int dirtyRun(int from, int end) {
        int at = from;
        while (at < end && isDirty(at) == isDirty(from)) {
            at++;
        }
        return isDirty(from) ? at : ~at;
    }

    boolean holdsOtherDirty(long extent) {
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            if (isDirty(s) && !holds(s, extent)) {
                return true;
            }
        }
        return false;
    }

    private boolean isDirty(int sector) {
        return sectors[sector] != Extent.NONE && !Extent.clean(sectors[sector]);
    }

    void removeRange(int from, int count) {
        Arrays.fill(sectors, from, from + count, Extent.NONE);
    }

    boolean holdsPlace(long extent) {
        for (int s = Extent.from(extent); s < Extent.end(extent); s++) {
            if (holds(s, extent)) {
                return true;
            }
        }
        return false;
    }

    private boolean holds(int sector, long extent) {
        return sectors[sector] != Extent.NONE
                && Extent.segment(sectors[sector]) == Extent.segment(extent)
                && Extent.place(sectors[sector]) == Extent.place(extent) + sector - Extent.from(extent);
    }

    int mapped() {
        int count = 0;
        for (long sector : sectors) {
            count += sector == Extent.NONE ? 0 : 1;
        }
        return count;
    }

    /** The mapped sectors of a range, each an extent of its own. */
    List<Long> sectors(int from, int count) {
        List<Long> list = new ArrayList<>();
        for (int s = from; s < from + count; s++) {
            if (sectors[s] != Extent.NONE) {
                list.add(sectors[s]);
            }
        }
        return list;
    }

    /** Cuts extents into their sectors. */
    static List<Long> sectorsOf(long[] extents, int count) {
        List<Long> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            for (int s = Extent.from(extents[i]); s < Extent.end(extents[i]); s++) {
                list.add(Extent.clip(extents[i], s, s + 1));
            }
        }
        return list;
    }
}
