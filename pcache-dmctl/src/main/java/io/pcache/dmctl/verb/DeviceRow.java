package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceName;
import io.pcache.dmctl.device.NameMangling;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.report.Cell;
import io.pcache.dmctl.report.Field;
import io.pcache.dmctl.report.Row;
import io.pcache.dmctl.tree.DeviceTree;
import io.pcache.dmctl.tree.TreeNode;
import java.util.ArrayList;
import java.util.List;

/** A device as a row of a report. */
final class DeviceRow implements Row {
    private static final String LVM = "LVM";

    private final DeviceInfo info;
    private final NameMangling mangling;
    private final TreeSource trees;

    /** The relations between devices. Targets are asked for them only where a column needs them. */
    interface TreeSource {
        DeviceTree tree() throws CommandFailure;
    }

    DeviceRow(DeviceInfo info, NameMangling mangling, TreeSource trees) {
        this.info = info;
        this.mangling = mangling;
        this.trees = trees;
    }

    @Override
    public Cell cell(Field field) throws CommandFailure {
        return switch (field.group()) {
            case NAME -> nameCell(field);
            case INFO -> infoCell(field);
            case DEPS -> relationCell(field);
            case SPLITNAME -> Cell.of(part(field));
            default -> pcacheCell(field);
        };
    }

    private Cell nameCell(Field field) {
        return switch (field) {
            case NAME -> Cell.of(mangling.show(info.name()));
            case MANGLED_NAME -> Cell.of(info.name());
            case UNMANGLED_NAME -> Cell.of(DeviceName.unmangle(info.name()));
            case UUID -> Cell.of(mangling.show(info.uuid()));
            case MANGLED_UUID -> Cell.of(info.uuid());
            case UNMANGLED_UUID -> Cell.of(DeviceName.unmangle(info.uuid()));
            default -> Cell.of(Math.max(0, info.readAhead()));
        };
    }

    private Cell infoCell(Field field) {
        return switch (field) {
            case BLKDEVNAME -> Cell.of(TreeNode.blockName(info));
            case ATTR ->
                Cell.of((info.live() ? "L" : "-")
                        + (info.inactive() ? "I" : "-")
                        + (info.suspended() ? "s" : "-")
                        + (info.readOnly() ? "r" : "w"));
            case TABLES_LOADED ->
                Cell.of(info.live() ? info.inactive() ? "Both" : "Live" : info.inactive() ? "Inactive" : "None");
            case SUSPENDED -> Cell.of(info.pid() == 0 ? "Dead" : info.suspended() ? "Suspended" : "Active");
            case READONLY -> Cell.of(info.readOnly() ? "Read-only" : "Writeable");
            case DEVNO -> Cell.of(info.major() + ":" + info.minor());
            case MAJOR -> Cell.of(info.major());
            case MINOR -> Cell.of(info.minor());
            case OPEN -> Cell.of(info.openCount());
            case SEGMENTS -> Cell.of(info.targets());
            default -> Cell.of(info.eventNr());
        };
    }

    private Cell relationCell(Field field) throws CommandFailure {
        TreeNode node = trees.tree().node(info.name());
        List<TreeNode> uses = node == null ? List.of() : node.uses();
        List<TreeNode> usedBy = node == null ? List.of() : node.usedBy();
        return switch (field) {
            case DEVICE_COUNT -> Cell.of(uses.size());
            case DEVS_USED -> names(uses);
            case DEVNOS_USED -> numbers(uses);
            case BLKDEVS_USED -> blockNames(uses);
            case DEVICE_REF_COUNT -> Cell.of(usedBy.size());
            case NAMES_USING_DEV -> names(usedBy);
            default -> numbers(usedBy);
        };
    }

    private static Cell names(List<TreeNode> nodes) {
        List<String> names = new ArrayList<>();
        for (TreeNode node : nodes) {
            if (!node.name().isEmpty()) {
                names.add(node.name());
            }
        }
        return Cell.of(String.join(",", names));
    }

    private static Cell numbers(List<TreeNode> nodes) {
        List<String> numbers = new ArrayList<>();
        for (TreeNode node : nodes) {
            numbers.add(node.number());
        }
        return Cell.of(String.join(",", numbers));
    }

    private static Cell blockNames(List<TreeNode> nodes) {
        List<String> names = new ArrayList<>();
        for (TreeNode node : nodes) {
            names.add(node.blockName());
        }
        return Cell.of(String.join(",", names));
    }

    private String part(Field field) {
        String uuid = DeviceName.unmangle(info.uuid());
        int dash = uuid.indexOf('-');
        String subsystem = dash < 0 ? "" : uuid.substring(0, dash);
        if (field == Field.SUBSYSTEM) {
            return subsystem;
        }
        return subsystem.equals(LVM)
                ? LvmName.split(DeviceName.unmangle(info.name())).part(field)
                : "";
    }

    private Cell pcacheCell(Field field) {
        return switch (field) {
            case PATH -> Cell.of(info.location());
            case FRONTEND -> Cell.of(info.frontEnd());
            case PID -> Cell.of(info.pid());
            case SECTORS -> Cell.of(info.sectors());
            case CACHE -> Cell.of(info.cache());
            default -> Cell.of(info.backing());
        };
    }
}
