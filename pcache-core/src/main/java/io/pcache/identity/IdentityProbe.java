package io.pcache.identity;

import io.pcache.sys.FileStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.SignatureLibrary;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the ids that tell a device or a file from others. There are these kinds of ids:
 *
 * <pre>
 *  wwid       of a disk, from the kernel; a partition has its disk's, with the number of the partition
 *  serial     of virtio disks, from the kernel; cid of memory cards, likewise
 *  nvdimm     uuid of a persistent memory namespace
 *  dm, md     uuid of a device-mapper or RAID device
 *  file       inode and birth time of a file: both stay when the file is moved inside its file system, and a copy of
 *             the file has others; a loop device has those of its file
 *  by-id      names that udev gives
 *  partuuid   of a partition, from the partition table
 * </pre>
 *
 * Ids that cannot be found are left out; nothing here fails.
 */
public final class IdentityProbe {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NAMES = 4;
    private static final int MAX_VALUE = 120;
    private static final int MAX_SIGNATURES = 4;
    /** Names that tell what is on a device, or how somebody calls the device. */
    private static final List<String> NO_IDS = List.of("dm-name-", "lvm-pv-uuid-", "md-name-", "dm-uuid-", "md-uuid-");
    /** File systems whose inode numbers last until the file system is unmounted, or for less time. */
    private static final Set<Long> UNSTEADY_INODES =
            Set.of(0x4d44L, 0x2011_BAB0L, 0x6573_5546L, 0xFF53_4D42L, 0xFE53_4D42L);

    private final SystemCalls calls;
    private final Path sysfs;
    private final Path disks;

    public IdentityProbe() {
        this(SystemCalls.linux(), Path.of("/sys"), Path.of("/dev/disk"));
    }

    /**
     * @param sysfs as {@code /sys}
     * @param disks as {@code /dev/disk}
     */
    IdentityProbe(SystemCalls calls, Path sysfs, Path disks) {
        this.calls = calls;
        this.sysfs = sysfs;
        this.disks = disks;
    }

    /**
     * Finds the identity without the signatures of what is on the device.
     *
     * @param path an absolute path
     */
    public DeviceIdentity identify(String path, long sectors) {
        Set<String> ids = new LinkedHashSet<>();
        try {
            FileStatus status = calls.status(path);
            if (status.isRegularFile()) {
                ids.addAll(ofFile(path, ""));
            } else if (status.isBlockDevice()) {
                ofDevice(
                        sysfs.resolve("dev/block")
                                .resolve(status.deviceNumber())
                                .toRealPath(),
                        "",
                        ids,
                        0);
                byName(path, ids);
            }
        } catch (IOException e) {
            // The device is gone meanwhile, or there is no sysfs: then less is known.
            return new DeviceIdentity(sectors, List.copyOf(ids), List.of(), path);
        }
        return new DeviceIdentity(sectors, List.copyOf(ids), List.of(), path);
    }

    /** Completes an identity with the signatures of what is on the device. For this, the device is read. */
    public DeviceIdentity withSignatures(DeviceIdentity identity) {
        List<String> found = new ArrayList<>();
        SignatureLibrary.load()
                .ifPresent(library -> library.find(identity.path()).stream()
                        .filter(signature -> !signature.uuid().isEmpty())
                        .limit(MAX_SIGNATURES)
                        .forEach(signature -> found.add(cut(signature.type() + ":" + signature.uuid()))));
        return identity.withSignatures(found);
    }

    private List<String> ofFile(String path, String suffix) throws SystemCallException {
        int fd = calls.open(path, Linux.O_RDONLY);
        try {
            FileStatus status = calls.status(fd);
            boolean steady = !UNSTEADY_INODES.contains(calls.fileSystem(fd).type() & 0xFFFF_FFFFL);
            if (!steady && status.birthNanos() == 0) {
                return List.of();
            }
            String inode = steady ? Long.toUnsignedString(status.inode()) : "";
            String birth = status.birthNanos() == 0 ? "" : "-" + Long.toHexString(status.birthNanos());
            return List.of("file:" + inode + birth + suffix);
        } finally {
            calls.close(fd);
        }
    }

    /** @param suffix tells a part of the device from others */
    private void ofDevice(Path device, String suffix, Set<String> ids, int depth) throws IOException {
        if (depth == MAX_DEPTH) {
            return;
        }
        if (Files.exists(device.resolve("partition"))) {
            for (String line : text(device.resolve("uevent")).split("\n")) {
                if (line.startsWith("PARTUUID=")) {
                    add(ids, DeviceIdentity.PARTITION_UUID, line.substring("PARTUUID=".length()), suffix);
                }
            }
            ofDevice(device.getParent(), "-part" + text(device.resolve("partition")) + suffix, ids, depth + 1);
            return;
        }
        String wwid = text(device.resolve("wwid"));
        add(ids, "wwid", wwid.isEmpty() ? text(device.resolve("device/wwid")) : wwid, suffix);
        add(ids, "serial", text(device.resolve("serial")), suffix);
        add(ids, "cid", text(device.resolve("device/cid")), suffix);
        add(ids, "nvdimm", text(device.resolve("device/uuid")), suffix);
        add(ids, "dm", deviceMapperUuid(text(device.resolve("dm/uuid"))), suffix);
        add(ids, "md", text(device.resolve("md/uuid")), suffix);
        String file = text(device.resolve("loop/backing_file"));
        if (!file.isEmpty()) {
            below(file, suffix + offset(text(device.resolve("loop/offset"))), ids, depth);
        }
    }

    private static String offset(String bytes) {
        return bytes.isEmpty() || bytes.equals("0") ? "" : "+" + bytes;
    }

    private void below(String path, String suffix, Set<String> ids, int depth) throws IOException {
        FileStatus status = calls.status(path);
        if (status.isRegularFile()) {
            ids.addAll(ofFile(path, suffix));
        } else if (status.isBlockDevice()) {
            ofDevice(sysfs.resolve("dev/block").resolve(status.deviceNumber()).toRealPath(), suffix, ids, depth + 1);
        }
    }

    /** cryptsetup puts the name, which may change, behind the uuid: {@code CRYPT-LUKS2-1b4e…-name}. */
    private static String deviceMapperUuid(String uuid) {
        String[] parts = uuid.split("-", 4);
        return uuid.startsWith("CRYPT-") && parts.length == 4 ? parts[0] + "-" + parts[1] + "-" + parts[2] : uuid;
    }

    private void byName(String path, Set<String> ids) throws IOException {
        Path device = Path.of(path).toRealPath();
        names("by-id", device).stream()
                .filter(name -> NO_IDS.stream().noneMatch(name::startsWith))
                .limit(MAX_NAMES)
                .forEach(name -> add(ids, "by-id", name, ""));
        names("by-partuuid", device).stream()
                .limit(1)
                .forEach(name -> add(ids, DeviceIdentity.PARTITION_UUID, name, ""));
    }

    private Set<String> names(String folder, Path device) {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(disks.resolve(folder))) {
            for (Path link : links) {
                if (Files.exists(link) && link.toRealPath().equals(device)) {
                    names.add(link.getFileName().toString());
                }
            }
        } catch (IOException e) {
            // There is no udev, or udev takes links away at the moment.
            return names;
        }
        return names;
    }

    private static void add(Set<String> ids, String kind, String value, String suffix) {
        if (!value.isEmpty()) {
            ids.add(cut(kind + ":" + value.replaceAll("\\s+", " ") + suffix));
        }
    }

    private static String cut(String value) {
        return value.length() <= MAX_VALUE ? value : value.substring(0, MAX_VALUE);
    }

    private static String text(Path attribute) {
        try {
            return Files.exists(attribute) ? Files.readString(attribute).strip() : "";
        } catch (IOException e) {
            // Some attributes exist and cannot be read.
            return "";
        }
    }
}
