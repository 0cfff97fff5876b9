package io.pcache.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;

/**
 * libblkid: tells which file systems, volumes and partition tables a device carries, from a list that others keep up to
 * date. Optional at run time (Debian package libblkid1, which every system with {@code mount} has). Thread-safe.
 */
public final class SignatureLibrary {
    private static final String NAME = "libblkid.so.1";
    // blkid.h
    private static final int BLKID_SUBLKS_UUID = 1 << 3;
    private static final int BLKID_SUBLKS_TYPE = 1 << 5;
    private static final int BLKID_SUBLKS_USAGE = 1 << 7;
    private static final int BLKID_SUBLKS_MAGIC = 1 << 9;
    private static final int BLKID_PARTS_MAGIC = 1 << 3;
    private static final int FOUND = 0;
    /**
     * More than libblkid knows. The library has never been seen to go on for ever, but pcache does not rely on that.
     */
    private static final int MOST = 256;

    private static final int MAX_VALUE_BYTES = 4096;

    /**
     * What was found at a place of a device.
     *
     * @param type as {@code blkid} prints it: {@code ext4}, {@code crypto_LUKS}, {@code gpt}
     * @param usage {@code filesystem}, {@code raid}, {@code crypto}, {@code other}, or {@code partition table}
     * @param uuid empty where there is none
     * @param offset of the magic, in bytes
     * @param bytes of the magic; 0 where the library does not tell
     */
    public record Signature(String type, String usage, String uuid, long offset, int bytes) {}

    private static final class Holder {
        static final Optional<SignatureLibrary> LIBRARY = bind();
    }

    private final LibBlkid library;

    private SignatureLibrary(LibBlkid library) {
        this.library = library;
    }

    /** The library, or empty where it is not installed. */
    public static Optional<SignatureLibrary> load() {
        return Holder.LIBRARY;
    }

    private static Optional<SignatureLibrary> bind() {
        try {
            return Optional.of(new SignatureLibrary(LibraryLoader.create(LibBlkid.class)
                    .option(LibraryOption.LoadNow, true)
                    .failImmediately()
                    .load(NAME)));
        } catch (UnsatisfiedLinkError e) {
            return Optional.empty();
        }
    }

    /**
     * Everything that is found on a device or in a file, in the library's order. Nothing for a path that the library
     * cannot read, such as device-DAX.
     */
    public List<Signature> find(String path) {
        List<Signature> found = new ArrayList<>();
        long probe = library.blkid_new_probe_from_filename(path);
        if (probe == 0) {
            return found;
        }
        try {
            library.blkid_probe_enable_superblocks(probe, 1);
            library.blkid_probe_set_superblocks_flags(
                    probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_MAGIC);
            library.blkid_probe_enable_partitions(probe, 1);
            library.blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC);
            while (found.size() < MOST && library.blkid_do_probe(probe) == FOUND) {
                String type = value(probe, "TYPE");
                if (!type.isEmpty()) {
                    found.add(signature(probe, type, value(probe, "USAGE"), value(probe, "UUID"), "SBMAGIC"));
                } else {
                    found.add(signature(
                            probe, value(probe, "PTTYPE"), "partition table", value(probe, "PTUUID"), "PTMAGIC"));
                }
            }
        } finally {
            library.blkid_free_probe(probe);
        }
        return found;
    }

    private Signature signature(long probe, String type, String usage, String uuid, String magic) {
        String offset = value(probe, magic + "_OFFSET");
        return new Signature(
                type, usage, uuid, offset.isEmpty() ? 0 : Long.parseLong(offset), valueBytes(probe, magic).length);
    }

    private String value(long probe, String name) {
        return new String(valueBytes(probe, name), StandardCharsets.UTF_8).replace("\0", "");
    }

    private byte[] valueBytes(long probe, String name) {
        ByteBuffer result = NativeMemory.allocate(2 * Long.BYTES);
        try {
            long address = NativeMemory.address(result);
            if (library.blkid_probe_lookup_value(probe, name, address, address + Long.BYTES) != FOUND
                    || result.getLong(0) == 0) {
                return new byte[0];
            }
            byte[] bytes = new byte[(int) Math.min(MAX_VALUE_BYTES, result.getLong(Long.BYTES))];
            NativeMemory.wrap(result.getLong(0), bytes.length).get(0, bytes);
            return bytes;
        } finally {
            Reference.reachabilityFence(result);
        }
    }
}
