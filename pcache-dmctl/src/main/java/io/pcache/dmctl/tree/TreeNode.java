package io.pcache.dmctl.tree;

import io.pcache.control.Dependency;
import io.pcache.control.DeviceInfo;
import java.util.ArrayList;
import java.util.List;

/** A device in the graph of which device uses which: one of ours, or one below. */
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

    /** The name of a mapped device's block device: {@code ublkb0}; {@code dm-MINOR} where it has none. */
    public static String blockName(DeviceInfo info) {
        return info.path().isEmpty()
                ? "dm-" + info.minor()
                : info.path().substring(info.path().lastIndexOf('/') + 1);
    }

    /** {@code 7:0}; the path of a file. */
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

    /** As shown; empty for a device that is not ours. */
    public String name() {
        return name;
    }

    /** {@code MAJ:MIN}; the path of a file. */
    public String number() {
        return number;
    }

    /** The kernel's name of a device; a file's last path element. */
    public String blockName() {
        return blockName;
    }

    /** In the order in which {@code deps} lists them. */
    public List<TreeNode> uses() {
        return uses;
    }

    public List<TreeNode> usedBy() {
        return usedBy;
    }
}
