package io.pcache.dmctl.report;

import java.util.Locale;

/** A column of a report: the name, the heading, the layout, and what the column tells. */
public enum Field {
    NAME(Group.NAME, "name", "Name", 16, "Name of the mapped device."),
    MANGLED_NAME(Group.NAME, "mangled_name", "MangledName", 16, "Name as it is stored, special characters encoded."),
    UNMANGLED_NAME(Group.NAME, "unmangled_name", "UnmangledName", 16, "Name with special characters decoded."),
    UUID(Group.NAME, "uuid", "UUID", 32, "Uuid, where the device has one."),
    MANGLED_UUID(Group.NAME, "mangled_uuid", "MangledUUID", 32, "Uuid as it is stored, special characters encoded."),
    UNMANGLED_UUID(Group.NAME, "unmangled_uuid", "UnmangledUUID", 32, "Uuid with special characters decoded."),
    READ_AHEAD(Group.NAME, "read_ahead", "RAhead", -6, "Read-ahead in sectors."),

    BLKDEVNAME(Group.INFO, "blkdevname", "BlkDevName", 16, "Name of the block device; dm-MINOR where there is none."),
    ATTR(Group.INFO, "attr", "Stat", 4, "(L)ive table, (I)nactive table, (s)uspended, (r)ead-only or (w)riteable."),
    TABLES_LOADED(Group.INFO, "tables_loaded", "Tables", 6, "Which tables there are: None, Live, Inactive or Both."),
    SUSPENDED(Group.INFO, "suspended", "Suspended", 9, "Active or Suspended."),
    READONLY(Group.INFO, "readonly", "Read-only", 9, "Writeable or Read-only."),
    DEVNO(Group.INFO, "devno", "DevNo", 5, "Major and minor number."),
    MAJOR(Group.INFO, "major", "Maj", -3, "Major number."),
    MINOR(Group.INFO, "minor", "Min", -3, "Minor number."),
    OPEN(Group.INFO, "open", "Open", -4, "How many have the device open."),
    SEGMENTS(Group.INFO, "segments", "Targ", -4, "Lines of the live table."),
    EVENTS(Group.INFO, "events", "Event", -6, "Event number; see wait."),

    DEVICE_COUNT(Group.DEPS, "device_count", "#Devs", -5, "How many devices this one uses."),
    DEVS_USED(Group.DEPS, "devs_used", "DevNamesUsed", 16, "Names of mapped devices that this one uses."),
    DEVNOS_USED(Group.DEPS, "devnos_used", "DevNosUsed", 16, "Numbers of devices that this one uses; a file's path."),
    BLKDEVS_USED(
            Group.DEPS, "blkdevs_used", "BlkDevNamesUsed", 16, "Names of block devices and files that this one uses."),
    DEVICE_REF_COUNT(Group.DEPS, "device_ref_count", "#Refs", -5, "How many mapped devices use this one."),
    NAMES_USING_DEV(Group.DEPS, "names_using_dev", "RefNames", 8, "Names of mapped devices that use this one."),
    DEVNOS_USING_DEV(Group.DEPS, "devnos_using_dev", "RefDevNos", 9, "Numbers of mapped devices that use this one."),

    SUBSYSTEM(Group.SPLITNAME, "subsystem", "Subsys", 6, "The uuid up to its first dash."),
    VG_NAME(Group.SPLITNAME, "vg_name", "VG", 4, "Volume group, of an LVM name."),
    LV_NAME(Group.SPLITNAME, "lv_name", "LV", 4, "Logical volume, of an LVM name."),
    LV_LAYER(Group.SPLITNAME, "lv_layer", "LVLayer", 7, "Layer, of an LVM name."),

    PATH(Group.PCACHE, "path", "Path", 4, "Where clients find the device: a block device's path or an NBD address."),
    FRONTEND(Group.PCACHE, "frontend", "FrontEnd", 8, "How it is served: ublk or nbd."),
    PID(Group.PCACHE, "pid", "Pid", -7, "Process of its target."),
    SECTORS(Group.PCACHE, "sectors", "Sectors", -7, "Size of the live table in sectors of 512 bytes."),
    CACHE(Group.PCACHE, "cache", "Cache", 5, "Its cache device."),
    BACKING(Group.PCACHE, "backing", "Backing", 7, "Its backing device."),

    SELECTED(
            Group.SPECIAL,
            "selected",
            "Selected",
            -8,
            "1 where the selection matches; with it, the others are shown too.");

    /** Fields that {@code -o} can ask for together, as {@code name_all}. */
    public enum Group {
        NAME("name", "Mapped Device Name Fields"),
        INFO("info", "Mapped Device Information Fields"),
        DEPS("deps", "Mapped Device Relationship Information Fields"),
        SPLITNAME("splitname", "Mapped Device Name Components Fields"),
        PCACHE("pcache", "Target Process Fields"),
        SPECIAL(null, "Special Fields");

        final String prefix;
        final String title;

        Group(String prefix, String title) {
            this.prefix = prefix;
            this.title = title;
        }
    }

    private final Group group;
    private final String id;
    private final String heading;
    private final int width;
    private final String description;

    /** @param width the least width; negative for a number, which is aligned to the right */
    Field(Group group, String id, String heading, int width, String description) {
        this.group = group;
        this.id = id;
        this.heading = heading;
        this.width = width;
        this.description = description;
    }

    public Group group() {
        return group;
    }

    public String id() {
        return id;
    }

    public String heading() {
        return heading;
    }

    public boolean isNumber() {
        return width < 0;
    }

    /** The least width, in columns. */
    public int width() {
        return Math.abs(width);
    }

    public String description() {
        return description;
    }

    /** The name that {@code --nameprefixes} prints: {@code DM_READ_AHEAD}. */
    String prefixedId() {
        return "DM_" + id.toUpperCase(Locale.ROOT);
    }

    /**
     * Whether {@code deps_all} and the like include the field. As dmsetup does, {@code deps_all} leaves out what only
     * the tree of all devices tells.
     */
    boolean inGroup() {
        return switch (this) {
            case DEVS_USED, DEVICE_REF_COUNT, NAMES_USING_DEV, DEVNOS_USING_DEV -> false;
            default -> true;
        };
    }

    /** The field of a name; null where there is none. Case and underscores do not matter. */
    static Field of(String text) {
        String plain = plain(text);
        for (Field field : values()) {
            if (plain(field.id).equals(plain)) {
                return field;
            }
        }
        return null;
    }

    static String plain(String text) {
        return text.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
