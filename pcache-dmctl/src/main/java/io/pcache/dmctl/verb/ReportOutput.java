package io.pcache.dmctl.verb;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.report.Cell;
import io.pcache.dmctl.report.Report;
import java.util.ArrayList;
import java.util.List;

/** Prints a report, as text or as JSON. */
final class ReportOutput {
    private ReportOutput() {}

    static void print(Call call, Report report) {
        if (!call.has(Option.JSON)) {
            report.print(call.out());
            return;
        }
        List<JsonObject> rows = new ArrayList<>();
        for (Cell[] cells : report.sortedCells()) {
            JsonObject row = new JsonObject();
            for (int i = 0; i < report.fields().size(); i++) {
                if (report.fields().get(i).isNumber()) {
                    row.put(report.fields().get(i).id(), cells[i].number());
                } else {
                    row.put(report.fields().get(i).id(), cells[i].text());
                }
            }
            rows.add(row);
        }
        call.out().print(JsonCodec.textForPeople(rows));
    }
}
