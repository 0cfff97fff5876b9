package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.report.Field;
import io.pcache.dmctl.report.FieldList;
import io.pcache.dmctl.report.Report;
import io.pcache.dmctl.report.ReportFormat;
import io.pcache.dmctl.report.Selection;
import io.pcache.dmctl.report.SelectionParser;
import io.pcache.dmctl.tree.DeviceTree;
import java.util.ArrayList;
import java.util.List;

/** Reports whose rows are devices, and the selection of devices by the same fields. */
final class DeviceReport {
    static final List<Field.Group> GROUPS =
            List.of(Field.Group.NAME, Field.Group.INFO, Field.Group.DEPS, Field.Group.SPLITNAME, Field.Group.PCACHE);
    private static final String DEFAULT_FIELDS = "name,major,minor,attr,open,segments,events,uuid";

    private final Call call;
    private final List<Field> fields;
    private final List<FieldList.SortKey> keys;
    private final Selection selection;
    private DeviceTree tree;

    private DeviceReport(Call call, List<Field> fields, List<FieldList.SortKey> keys, Selection selection) {
        this.call = call;
        this.fields = fields;
        this.keys = keys;
        this.selection = selection;
    }

    /** Reads {@code -o}, {@code -O} and {@code -S}. */
    static DeviceReport of(Call call) throws CommandEnd {
        FieldList list = new FieldList(call.err(), GROUPS);
        List<Field> fields = list.parseOutput(call.options().value(Option.OPTIONS), DEFAULT_FIELDS);
        List<FieldList.SortKey> keys = list.parseSort(call.options().value(Option.SORT));
        Selection selection = SelectionParser.parse(call.options().value(Option.SELECT), list, call.err());
        return new DeviceReport(call, fields, keys, selection);
    }

    /** The devices that {@code -S} selects, of those that are named, or of all. */
    static List<NamedDevice> selectedDevices(Call call) throws CommandFailure, CommandEnd {
        FieldList list = new FieldList(call.err(), GROUPS);
        Selection selection = SelectionParser.parse(call.options().value(Option.SELECT), list, call.err());
        DeviceReport report = new DeviceReport(call, List.of(), List.of(), selection);
        List<NamedDevice> selected = new ArrayList<>();
        if (call.operands().isEmpty()) {
            for (NamedDevice device : call.devices().all()) {
                DeviceInfo info = device.infoIfPresent(false);
                if (info != null && selection.matches(report.row(info))) {
                    selected.add(device);
                }
            }
        }
        for (String operand : call.operands()) {
            NamedDevice device = call.devices().byOperand(operand);
            if (selection.matches(report.row(device.info(false)))) {
                selected.add(device);
            }
        }
        return selected;
    }

    Report start() {
        return new Report(fields, keys, selection, ReportFormat.of(call.options()));
    }

    DeviceRow row(DeviceInfo info) {
        return new DeviceRow(info, call.mangling(), this::tree);
    }

    private DeviceTree tree() throws CommandFailure {
        if (tree == null) {
            tree = DeviceTree.of(call.devices());
        }
        return tree;
    }
}
