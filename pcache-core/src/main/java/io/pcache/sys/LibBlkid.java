package io.pcache.sys;

/**
 * libblkid (version 1), one to one. Probes and other pointers are addresses. Public because JNR-FFI implements this
 * interface in a class loader of its own; use {@link SignatureLibrary}.
 */
public interface LibBlkid {

    long blkid_new_probe_from_filename(String path);

    void blkid_free_probe(long probe);

    int blkid_probe_enable_superblocks(long probe, int enable);

    int blkid_probe_set_superblocks_flags(long probe, int flags);

    int blkid_probe_enable_partitions(long probe, int enable);

    int blkid_probe_set_partitions_flags(long probe, int flags);

    int blkid_do_probe(long probe);

    int blkid_probe_lookup_value(long probe, String name, long data, long length);
}
