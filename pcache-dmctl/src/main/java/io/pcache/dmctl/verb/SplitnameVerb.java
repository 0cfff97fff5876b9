package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.report.Cell;
import io.pcache.dmctl.report.Field;
import io.pcache.dmctl.report.FieldList;
import io.pcache.dmctl.report.Report;
import io.pcache.dmctl.report.ReportFormat;
import io.pcache.dmctl.report.Row;
import io.pcache.dmctl.report.Selection;
import io.pcache.dmctl.report.SelectionParser;
import java.util.List;

/** {@code splitname}: prints the parts of an LVM name. No device is asked. */
final class SplitnameVerb implements Verb {
    private static final String LVM = "LVM";

    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        FieldList list = new FieldList(call.err(), List.of(Field.Group.SPLITNAME));
        List<Field> fields = list.parseOutput(call.options().value(Option.OPTIONS), "vg_name,lv_name,lv_layer");
        List<FieldList.SortKey> keys = list.parseSort(call.options().value(Option.SORT));
        Selection selection = SelectionParser.parse(call.options().value(Option.SELECT), list, call.err());
        String subsystem = call.operand(1) == null ? LVM : call.operand(1);
        LvmName name = subsystem.equals(LVM) ? LvmName.split(call.operand(0)) : new LvmName("", "", "");
        Row row = field -> cell(field, subsystem, name);
        Report report = new Report(fields, keys, selection, ReportFormat.of(call.options()));
        report.add(row);
        ReportOutput.print(call, report);
    }

    private static Cell cell(Field field, String subsystem, LvmName name) throws CommandFailure {
        if (field.group() != Field.Group.SPLITNAME) {
            throw new CommandFailure("_do_report_object: no data assigned to field " + field.id());
        }
        return Cell.of(field == Field.SUBSYSTEM ? subsystem : name.part(field));
    }
}
