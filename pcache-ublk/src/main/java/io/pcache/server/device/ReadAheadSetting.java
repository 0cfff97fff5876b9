package io.pcache.server.device;

/**
 * A device's read-ahead, or a wish for it.
 *
 * @param sectors of 512 bytes; 0 for no read-ahead
 * @param minimum of a wish: the larger of the wish and the present value is to be in force
 */
public record ReadAheadSetting(long sectors, boolean minimum) {
    /** The default of the kernel's block layer: 128 KiB. */
    static final ReadAheadSetting DEFAULT = new ReadAheadSetting(256, false);

    /** What is in force when this wish is fulfilled. */
    ReadAheadSetting over(ReadAheadSetting present) {
        return new ReadAheadSetting(minimum ? Math.max(sectors, present.sectors) : sectors, false);
    }
}
