package io.pcache.dmctl.tree;

import io.pcache.control.Dependency;
import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The graph of which device uses which, by the live tables. */
public final class DeviceTree {
    private final Map<String, DeviceInfo> infos = new LinkedHashMap<>();
    private final Map<String, NamedDevice> devices = new LinkedHashMap<>();
    private final Map<String, TreeNode> nodes = new LinkedHashMap<>();

    private DeviceTree() {}

    /** Asks all devices. A device that goes away meanwhile is left out. */
    public static DeviceTree of(Devices source) throws CommandFailure {
        DeviceTree tree = new DeviceTree();
        for (NamedDevice device : source.all()) {
            DeviceInfo info = device.infoIfPresent(false);
            if (info != null) {
                tree.infos.put(info.name(), info);
                tree.devices.put(info.name(), device);
            }
        }
        for (String name : tree.infos.keySet()) {
            tree.add(name);
        }
        return tree;
    }

    private TreeNode add(String storedName) throws CommandFailure {
        TreeNode known = nodes.get(storedName);
        if (known != null) {
            return known;
        }
        NamedDevice device = devices.get(storedName);
        TreeNode node =
                TreeNode.mapped(infos.get(storedName), device.reference().shown());
        nodes.put(storedName, node);
        // Nobody knows what a device with a dead target uses.
        for (Dependency dependency : infos.get(storedName).pid() == 0 ? List.<Dependency>of() : device.deps(false)) {
            DeviceInfo mapped = mapped(dependency);
            node.use(
                    mapped != null
                            ? add(mapped.name())
                            : nodes.computeIfAbsent(
                                    "/" + TreeNode.number(dependency), key -> TreeNode.below(dependency)));
        }
        return node;
    }

    /** The device of ours that is a dependency; null where the dependency is no device of ours. */
    private DeviceInfo mapped(Dependency dependency) {
        return mapped(dependency, infos.values());
    }

    /** The device of ours that is a dependency; null where the dependency is no device of ours. */
    public static DeviceInfo mapped(Dependency dependency, Iterable<DeviceInfo> candidates) {
        for (DeviceInfo info : candidates) {
            if (dependency.isDevice()
                    && !info.path().isEmpty()
                    && dependency.name().equals(TreeNode.blockName(info))) {
                return info;
            }
        }
        return null;
    }

    /** The node of a device; null where the tree does not have the device. */
    public TreeNode node(String storedName) {
        return nodes.get(storedName);
    }

    /** The devices that no mapped device uses. */
    public List<TreeNode> tops() {
        List<TreeNode> tops = new ArrayList<>();
        for (TreeNode node : nodes.values()) {
            if (node.usedBy().isEmpty()) {
                tops.add(node);
            }
        }
        return tops;
    }

    /** The devices that use no other device. */
    public List<TreeNode> bottoms() {
        List<TreeNode> bottoms = new ArrayList<>();
        for (TreeNode node : nodes.values()) {
            if (node.uses().isEmpty()) {
                bottoms.add(node);
            }
        }
        return bottoms;
    }
}
