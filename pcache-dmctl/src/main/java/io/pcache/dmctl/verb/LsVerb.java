package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.dmctl.options.Options.DeviceLabel;
import io.pcache.dmctl.tree.DeviceTree;
import io.pcache.dmctl.tree.TreeNode;
import io.pcache.dmctl.tree.TreePrinter;
import java.util.ArrayList;
import java.util.List;

/** {@code ls}: prints the devices, as a list or as a tree. */
final class LsVerb implements Verb {
    private static final int DEFAULT_WIDTH = 80;
    /** The least width for trees: a terminal must have room for the dots that stand for what is cut off. */
    private static final int CUT_WIDTH = 3;

    private Call call;

    @Override
    public void run(Call given) throws CommandFailure {
        call = given;
        List<NamedDevice> all = call.devices().all();
        if (call.has(Option.JSON)) {
            json(all);
        } else if (all.isEmpty()) {
            call.devices().tellOfNone();
        } else if (call.has(Option.TARGET) || call.has(Option.EXEC)) {
            filtered(all);
        } else if (call.has(Option.TREE)) {
            new TreePrinter(call.options().treeStyle(), width(), call.out()).print(DeviceTree.of(call.devices()));
        } else {
            for (NamedDevice device : all) {
                list(device);
            }
        }
    }

    private int width() {
        int columns = call.invocation().terminal().columns();
        return columns > CUT_WIDTH ? columns - CUT_WIDTH : DEFAULT_WIDTH;
    }

    private void json(List<NamedDevice> all) throws CommandFailure {
        List<JsonObject> objects = new ArrayList<>();
        for (NamedDevice device : all) {
            if (isWanted(device)) {
                objects.add(DeviceJson.listed(device.device(), Registry.MAJOR));
            }
        }
        call.out().print(JsonCodec.textForPeople(objects));
    }

    private void list(NamedDevice device) throws CommandFailure {
        String label = Registry.MAJOR + ":" + device.device().minor();
        DeviceLabel wanted = call.options().deviceLabel();
        if (wanted != DeviceLabel.NUMBER) {
            DeviceInfo info = device.infoIfPresent(false);
            if (info == null) {
                return;
            }
            // Before its first table, a device has no block device, and so no block device's name.
            if (info.readAhead() >= 0) {
                label = wanted == DeviceLabel.MAPPED_NAME ? device.reference().shown() : TreeNode.blockName(info);
            }
        }
        call.out().println(device.reference().shown() + "\t(" + label + ")");
    }

    /** Lists devices by the types in their tables. Numbers look as in {@code deps}. */
    private void filtered(List<NamedDevice> all) throws CommandFailure {
        for (NamedDevice device : all) {
            if (!isWanted(device)) {
                continue;
            }
            if (call.has(Option.EXEC)) {
                ExecOption.run(call, device.reference().shown());
            }
            if (!call.has(Option.EXEC) || call.has(Option.VERBOSE)) {
                call.out()
                        .println(device.reference().shown() + "\t(" + Registry.MAJOR + ", "
                                + device.device().minor() + ")");
            }
        }
    }

    private boolean isWanted(NamedDevice device) throws CommandFailure {
        String type = call.options().value(Option.TARGET);
        if (type == null) {
            return true;
        }
        List<TableLine> lines =
                device.infoIfPresent(false) == null ? List.of() : device.table(call.has(Option.INACTIVE));
        for (TableLine line : lines) {
            if (line.type().equals(type)) {
                return true;
            }
        }
        return false;
    }
}
