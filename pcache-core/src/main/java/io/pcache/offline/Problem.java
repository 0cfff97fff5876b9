package io.pcache.offline;

import java.util.Locale;

/** What can be wrong with a cache device. {@link #code} is stable: scripts match it. */
public enum Problem {
    // ---- superblock
    DEVICE_TOO_SMALL(Severity.ERROR, "the device is smaller than any cache's"),
    NO_CACHE(Severity.ERROR, "there is no cache on the device"),
    SUPERBLOCK_MAGIC(
            Severity.ERROR,
            "the superblock's magic is wrong on a device that carries a cache; activation refuses the device"),
    SUPERBLOCK_CHECKSUM(Severity.ERROR, "the superblock's checksum does not hold"),
    SUPERBLOCK_BIG_ENDIAN(Severity.ERROR, "a big-endian machine formatted the cache"),
    SUPERBLOCK_SEG_NUM(Severity.ERROR, "the superblock names more segments than the device holds, or none"),

    // ---- structures in two copies
    COPY_DAMAGED(Severity.WARNING, "one of two copies is damaged; the other is in force, and may be the older one"),
    COPY_MISSING(Severity.WARNING, "one of two copies is blank although it must have been written"),

    // ---- cache info
    NOT_INITIALISED(Severity.NOTE, "the device is formatted, and no cache was ever active on it"),
    CACHE_INFO_LOST(
            Severity.ERROR,
            "no valid copy of the cache info, on a device that was in use; activation would begin an empty cache"),
    CACHE_INFO_INIT_DONE(
            Severity.ERROR,
            "the cache info says that no cache was ever active, on a device that was in use; activation would "
                    + "begin an empty cache"),
    CACHE_INFO_N_SEGS(Severity.ERROR, "the cache has more segments than the device, or none"),
    CACHE_INFO_MODE(Severity.ERROR, "the cache mode is not writeback"),
    CACHE_INFO_GC_PERCENT(Severity.ERROR, "gc_percent is out of range"),

    // ---- segments
    SEGMENT_INFO_LOST(Severity.ERROR, "no valid copy of a segment's info: the chain of segments is broken"),
    CHAIN_BROKEN(Severity.ERROR, "the chain of segments cannot be followed"),
    GENERATION_LOST(
            Severity.ERROR,
            "no valid copy of a segment's generation: it is taken for 0, and stale keys of the segment for good ones"),
    GENERATION_BEHIND(
            Severity.ERROR, "a key is of a later generation than its segment: the segment's newest generation is lost"),

    // ---- tails
    KEY_TAIL_LOST(Severity.ERROR, "no usable copy of the key tail"),
    DIRTY_TAIL_LOST(Severity.ERROR, "no usable copy of the dirty tail"),
    DIRTY_TAIL_NOT_IN_LOG(Severity.ERROR, "the dirty tail is not in the log"),

    // ---- log
    LOG_TORN_END(
            Severity.WARNING,
            "the log's last key-set is damaged: a crash tore it, or it is lost; activation continues the log in "
                    + "its place"),
    LOG_CORRUPT(Severity.ERROR, "a key-set in the middle of the log is damaged; the keys behind it are out of reach"),
    LOG_BEHIND_END(
            Severity.WARNING,
            "whole key-sets stand behind the log's end: of a cache that was on the device before, or this log's "
                    + "own, if what stood in front of them"
                    + " was overwritten with zeros; activation does not follow them"),
    LOG_LOOP(Severity.ERROR, "the log leads in a circle, or into data"),
    KEY_INVALID(Severity.ERROR, "a key has a value that cannot be"),

    // ---- data
    DATA_LOST(Severity.ERROR, "dirty data does not have its checksum, or cannot be read: it is lost"),
    DATA_DAMAGED(
            Severity.WARNING,
            "data that is on the backing device too does not have its checksum, or cannot be read here: reads "
                    + "of it go there, nothing is lost;"
                    + " Linux's own target refuses the cache as long as the log names it"),
    DATA_DAMAGED_OVERWRITTEN(
            Severity.WARNING,
            "data does not have its checksum, or cannot be read, but newer data covers it: pcache does not need it;"
                    + " Linux's own target refuses the cache as long as the log names it"),
    BACKING_DIFFERS(
            Severity.WARNING,
            "data that was written back or filled in differs from the backing device's: somebody wrote there, "
                    + "or one of the two is damaged"),
    BACKING_IS_ANOTHER(Severity.WARNING, "the cache belongs to another backing device than the one given"),
    BACKING_NOT_COMPARED(Severity.NOTE, "the data was not compared with the backing device's");

    private final Severity severity;
    private final String meaning;

    Problem(Severity severity, String meaning) {
        this.severity = severity;
        this.meaning = meaning;
    }

    public Severity severity() {
        return severity;
    }

    /** What the problem means, in a sentence. */
    public String meaning() {
        return meaning;
    }

    /** {@code copy-damaged} and so on. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
