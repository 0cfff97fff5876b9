package io.pcache.identity;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What tells a backing device from others.
 *
 * @param sectors size of the device, in sectors of 512 bytes
 * @param ids {@code kind:value}, of kinds that stay with the device: see {@link IdentityProbe}
 * @param signatures {@code type:UUID} of what is on the device. Signatures change when the device is formatted anew,
 *     also through its cache
 * @param path where the device was last, for people
 */
public record DeviceIdentity(long sectors, List<String> ids, List<String> signatures, String path) {
    /** This kind is copied along with a disk's content, so other kinds count for more. */
    static final String PARTITION_UUID = "partuuid";

    /** The outcome of a comparison. */
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
     * Whether this device, as noted in a record, is the other device. Only ids of one kind that differ tell that the
     * devices are different. If less is known of a device now, for instance because udev does not run yet, the device
     * is not taken for another device.
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

    /** Whether both devices carry something, and nothing that is on one is on the other. */
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
