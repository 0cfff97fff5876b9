package io.pcache.identity;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What tells a backing device from others.
 *
 * @param sectors its size, of 512 bytes
 * @param ids {@code kind:value}, of kinds that stay with the device: see {@link IdentityProbe}
 * @param signatures {@code type:UUID} of what is on it. They change when the device is formatted anew, also through its
 *     cache
 * @param path where it was last, for people
 */
public record DeviceIdentity(long sectors, List<String> ids, List<String> signatures, String path) {
    /** Copied along with a disk's content, so that others count for more. */
    static final String PARTITION_UUID = "partuuid";

    /** What a comparison comes to. */
    public enum Verdict {
        SAME,
        DIFFERENT,
        UNKNOWN
    }

    public DeviceIdentity {
        ids = List.copyOf(ids);
        signatures = List.copyOf(signatures);
    }

    /**
     * Whether this device, as it was noted, is the other one. Ids of one kind must differ for that to be told: a device
     * of which less is known now, because udev does not run yet for instance, is not another one.
     */
    public Verdict compare(DeviceIdentity other) {
        Verdict verdict = compare(other, false);
        return verdict == Verdict.UNKNOWN ? compare(other, true) : verdict;
    }

    private Verdict compare(DeviceIdentity other, boolean ofPartition) {
        Set<String> kinds = new HashSet<>();
        for (String id : ids) {
            if (kind(id).equals(PARTITION_UUID) == ofPartition) {
                if (other.ids.contains(id)) {
                    return Verdict.SAME;
                }
                kinds.add(kind(id));
            }
        }
        return other.ids.stream().anyMatch(id -> kinds.contains(kind(id))) ? Verdict.DIFFERENT : Verdict.UNKNOWN;
    }

    /** Whether both carry something, and none of it is on the other. */
    public boolean carriesOther(DeviceIdentity other) {
        return !signatures.isEmpty()
                && !other.signatures.isEmpty()
                && signatures.stream().noneMatch(other.signatures::contains);
    }

    private static String kind(String id) {
        return id.substring(0, Math.max(0, id.indexOf(':')));
    }

    DeviceIdentity withSignatures(List<String> found) {
        return new DeviceIdentity(sectors, ids, found, path);
    }

    /** One line for people: {@code /dev/sdb (8388608 sectors; wwid:naa.5000…; ext4:1b4e…)}. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        parts.add(sectors + " sectors");
        parts.addAll(ids);
        parts.addAll(signatures);
        return (path.isEmpty() ? "a device" : path) + " (" + String.join("; ", parts) + ")";
    }
}
