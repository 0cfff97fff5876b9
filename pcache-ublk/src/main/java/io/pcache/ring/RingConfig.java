package io.pcache.ring;

/**
 * What a ring is made for.
 *
 * @param entries submission entries, 1 to 32768; rounded up to a power of two
 * @param completions completion entries, rounded up; at least {@code entries}. To be chosen for all operations that can
 *     be in flight at once: an overflow costs a detour through kernel memory
 * @param largeEntries 128-byte submission entries, which ublk's control commands need
 * @param singleThread only the creating thread submits and waits, so that the kernel can leave out locks and
 *     interrupts. If false, several threads may call, one at a time
 * @param deferred the kernel keeps completion work until the thread comes for it, which is the quickest way (Linux
 *     6.1); means something only with {@code singleThread}
 * @param fileSlots how many files can be registered with {@link Ring#registerFile}; 0 for none
 * @param bufferSlots how many pieces of memory can be registered with {@link Ring#registerMemory}; 0 for none
 */
public record RingConfig(
        int entries,
        int completions,
        boolean largeEntries,
        boolean singleThread,
        boolean deferred,
        int fileSlots,
        int bufferSlots) {
    private static final int MAX_ENTRIES = 32768;
    private static final int MAX_FILE_SLOTS = 1024;
    private static final int MAX_BUFFER_SLOTS = 1024;

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
        if (bufferSlots < 0 || bufferSlots > MAX_BUFFER_SLOTS) {
            throw new IllegalArgumentException(
                    "a ring has 0 to " + MAX_BUFFER_SLOTS + " buffer slots, not " + bufferSlots);
        }
    }

    /** A ring for the I/O of the calling thread. */
    public static RingConfig forThread(int entries, int completions) {
        return new RingConfig(entries, completions, false, true, true, 4, 4);
    }

    /** The same ring with {@link #deferred} as wanted. */
    public RingConfig withDeferral(boolean wanted) {
        return new RingConfig(entries, completions, largeEntries, singleThread, wanted, fileSlots, bufferSlots);
    }

    /** A ring for control commands. */
    public static RingConfig forControl() {
        return new RingConfig(8, 16, true, false, false, 0, 0);
    }
}
