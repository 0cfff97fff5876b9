package io.pcache.dmctl.offline;

/** Exit statuses, as fsck(8) has them. The first three may be added up. */
final class ExitStatus {
    static final int CLEAN = 0;
    /** Damage was found and mended. */
    static final int CORRECTED = 1;
    /** Damage was found and is still there. */
    static final int ERRORS_LEFT = 4;
    /** The command could not be carried out. */
    static final int OPERATIONAL = 8;

    static final int USAGE = 16;

    private ExitStatus() {}
}
