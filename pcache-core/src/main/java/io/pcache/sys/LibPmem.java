package io.pcache.sys;

/**
 * libpmem (version 1), one to one. Public because JNR-FFI implements this interface in a class loader of its own; use
 * {@link PersistentMemoryLibrary}.
 */
public interface LibPmem {

    void pmem_flush(long address, long length);

    void pmem_drain();

    long pmem_memcpy(long destination, long source, long length, int flags);
}
