package io.pcache.server.device;

/**
 * A device's read-ahead, or a wish for it.
 *
 * @param sectors 0 is none
 * @param minimum as a wish: the larger of this and what is in force
 */
public record ReadAheadSetting(long sectors, boolean minimum) {
    /** The block layer's own: 128 KiB. */
    static final ReadAheadSetting DEFAULT = new ReadAheadSetting(256, false);

    /** What is in force after this wish. */
    ReadAheadSetting over(ReadAheadSetting present) {
        return new ReadAheadSetting(minimum ? Math.max(sectors, present.sectors) : sectors, false);
    }
}
