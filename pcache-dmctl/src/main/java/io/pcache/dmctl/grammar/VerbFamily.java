package io.pcache.dmctl.grammar;

/** Which command line a verb has. */
public enum VerbFamily {
    /** dmsetup's: options may stand anywhere, and before the verb. */
    DMSETUP,
    /** The verb is the first argument: {@code io.pcache.dmctl.monitor}. */
    MONITOR,
    /** The verb is the first argument: {@code io.pcache.dmctl.tab}. */
    TAB,
    /** The verb is the first argument, and the exit statuses are those of fsck: {@code io.pcache.dmctl.offline}. */
    OFFLINE,
    /** The first argument in place of a verb: {@code io.pcache.dmctl.batch}. */
    BATCH
}
