package io.pcache.memory;

import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A cache device that is opened, claimed and mapped as for use, with the same refusals, but that can only be loaded
 * from. For finding out beforehand what would come of the use.
 *
 * <p>Wherever a system call can load, loads do not go through the mapping: on tmpfs that would take a page for each
 * hole of the file.
 */
public final class TrialMemory extends CopiedMemory {
    private final Mapping mapping;
    private final AddressedLoads loads;
    /** Null where the device has read(2). */
    private final KernelCopy copy;

    private TrialMemory(Mapping mapping) throws SystemCallException {
        this.mapping = mapping;
        this.copy = mapping.file().status().isCharacterDevice()
                ? new KernelCopy(mapping.file().calls())
                : null;
        this.loads = copy == null ? mapping.file()::read : copy.of(mapping.path(), mapping.address());
    }

    /** @throws SystemCallException as {@link MappedMemory#open} */
    public static TrialMemory open(String path) throws SystemCallException {
        Mapping mapping = Mapping.open(SystemCalls.linux(), path, DeviceFile.Claim.TRIAL);
        try {
            return new TrialMemory(mapping);
        } catch (SystemCallException | RuntimeException | Error e) {
            mapping.closeAfter(e);
            throw e;
        }
    }

    @Override
    public Kind kind() {
        return mapping.kind();
    }

    @Override
    public String describe() {
        return mapping.path() + ": " + mapping.what() + ", " + size() + " bytes";
    }

    /** As {@link MappedMemory#warning}. */
    public String warning() {
        return mapping.warning();
    }

    @Override
    public String path() {
        return mapping.path();
    }

    @Override
    public long size() {
        return mapping.size();
    }

    @Override
    public void requireRoom() throws NoRoomException {
        mapping.file().requireRoom();
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        Objects.checkFromIndexSize(offset, length, size());
        Objects.checkFromIndexSize(targetIndex, length, target.limit());
        loads.copyOut(offset, target, targetIndex, length);
    }

    /** Always refused. */
    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        throw new UnsupportedOperationException(path() + " is open for reading only");
    }

    @Override
    public void close() {
        try (mapping;
                copy) {
            // The end of the try block closes both, unless they are null.
        }
    }
}
