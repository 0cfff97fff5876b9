package io.pcache.dmctl.tree;

import io.pcache.control.Dependency;
import io.pcache.control.DeviceInfo;
import java.util.ArrayList;
import java.util.List;

/** A device in the graph of which device uses which: a device of ours, or a device below one of ours. */
public final class TreeNode {
    private final DeviceInfo info;
    private final String name;
    private final String number;
    private final String blockName;
    private final List<TreeNode> uses = new ArrayList<>();
    private final List<TreeNode> usedBy = new ArrayList<>();

    private TreeNode(DeviceInfo info, String name, String number, String blockName) {
        this.info = info;
        this.name = name;
        this.number = number;
        this.blockName = blockName;
    }

    static TreeNode mapped(DeviceInfo info, String shownName) {
        return new TreeNode(info, shownName, info.major() + ":" + info.minor(), blockName(info));
    }

    static TreeNode below(Dependency dependency) {
        return new TreeNode(null, "", number(dependency), dependency.name());
    }

    /** The name of a mapped device's block device: {@code ublkb0}; {@code dm-MINOR} where there is no block device. */
    public static String blockName(DeviceInfo info) {
        return info.path().isEmpty()
                ? "dm-" + info.minor()
                : info.path().substring(info.path().lastIndexOf('/') + 1);
    }

    /** The device's number, such as {@code 7:0}; for a file, its path. */
    public static String number(Dependency dependency) {
        return dependency.isDevice() ? dependency.major() + ":" + dependency.minor() : dependency.path();
    }

    void use(TreeNode other) {
        if (!uses.contains(other)) {
            uses.add(other);
            other.usedBy.add(this);
        }
    }

    /** Null for a device that is not ours. */
    public DeviceInfo info() {
        return info;
    }

    /** The name as shown; empty for a device that is not ours. */
    public String name() {
        return name;
    }

    /** The device's number, {@code MAJ:MIN}; for a file, its path. */
    public String number() {
        return number;
    }

    /** The kernel's name of a device; for a file, the last element of its path. */
    public String blockName() {
        return blockName;
    }

    /** The devices that this device uses, in the order in which {@code deps} lists them. */
    public List<TreeNode> uses() {
        return uses;
    }

    public List<TreeNode> usedBy() {
        return usedBy;
    }
}
