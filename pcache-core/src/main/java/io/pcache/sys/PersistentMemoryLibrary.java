package io.pcache.sys;

import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;

/**
 * libpmem: the processor's instructions that bring stores to persistent memory. Optional at run time (Debian package
 * libpmem1). Thread-safe; allocates nothing. {@link #drain} covers what the calling thread has started.
 */
public final class PersistentMemoryLibrary {
    private static final String NAME = "pmem";
    private static final int PMEM_F_MEM_NODRAIN = 1 << 0;
    private static final int PMEM_F_MEM_NONTEMPORAL = 1 << 1;

    private final LibPmem library;

    private PersistentMemoryLibrary(LibPmem library) {
        this.library = library;
    }

    /** The library, or empty where it is not installed. */
    public static Optional<PersistentMemoryLibrary> load() {
        try {
            return Optional.of(new PersistentMemoryLibrary(LibraryLoader.create(LibPmem.class)
                    .option(LibraryOption.LoadNow, true)
                    .failImmediately()
                    .load(NAME)));
        } catch (UnsatisfiedLinkError e) {
            return Optional.empty();
        }
    }

    /** Starts the write-back of the cache lines that hold these bytes. */
    public void flush(long address, long length) {
        library.pmem_flush(address, length);
    }

    /**
     * Copies past the CPU caches. Like {@link #flush}, this needs {@link #drain} afterwards. The ranges must not
     * overlap.
     */
    public void copyNonTemporal(long destination, long source, long length) {
        library.pmem_memcpy(destination, source, length, PMEM_F_MEM_NODRAIN | PMEM_F_MEM_NONTEMPORAL);
    }

    /** Waits until what this thread has flushed or copied has reached the medium. */
    public void drain() {
        library.pmem_drain();
    }
}
