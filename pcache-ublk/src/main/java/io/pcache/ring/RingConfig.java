package io.pcache.ring;

/**
 * What a ring is made for.
 *
 * @param entries submission entries, 1 to 32768; rounded up to a power of two
 * @param completions completion entries, rounded up; at least {@code entries}. Choose it for all that can be in flight
 *     at once: an overflow costs a detour through kernel memory
 * @param largeEntries 128-byte submission entries, which ublk's control commands need
 * @param singleThread the creating thread alone submits and waits, which lets the kernel leave out locks and
 *     interrupts; without, calls from several threads are allowed one at a time
 * @param deferred the kernel keeps what completes until that thread comes for it, which is the quickest way (Linux
 *     6.1); of meaning with {@code singleThread}
 * @param fileSlots how many files can be registered with {@link Ring#registerFile}; 0 for none
 */
public record RingConfig(
        int entries, int completions, boolean largeEntries, boolean singleThread, boolean deferred, int fileSlots) {
    private static final int MAX_ENTRIES = 32768;
    private static final int MAX_FILE_SLOTS = 1024;

    public RingConfig {
        if (entries < 1 || entries > MAX_ENTRIES) {
            throw new IllegalArgumentException("a ring has 1 to " + MAX_ENTRIES + " entries, not " + entries);
        }
        if (completions < entries || completions > 2 * MAX_ENTRIES) {
            throw new IllegalArgumentException("a ring of " + entries + " entries has " + entries + " to "
                    + 2 * MAX_ENTRIES + " completions, not " + completions);
        }
        if (fileSlots < 0 || fileSlots > MAX_FILE_SLOTS) {
            throw new IllegalArgumentException("a ring has 0 to " + MAX_FILE_SLOTS + " file slots, not " + fileSlots);
        }
    }

    /** A ring for the I/O of the calling thread. */
    public static RingConfig forThread(int entries, int completions) {
        return new RingConfig(entries, completions, false, true, true, 4);
    }

    /** The same, but for {@link #deferred}. */
    public RingConfig withDeferral(boolean wanted) {
        return new RingConfig(entries, completions, largeEntries, singleThread, wanted, fileSlots);
    }

    /** A ring for control commands. */
    public static RingConfig forControl() {
        return new RingConfig(8, 16, true, false, false, 0);
    }
}
