package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceStatus;
import io.pcache.control.TableLine;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.dmctl.table.ConciseForm;
import java.util.ArrayList;
import java.util.List;

/** {@code table}, {@code status} and {@code measure}: print the lines of the live table, or of the inactive table. */
final class TableVerb implements Verb, DeviceLoop.Body {
    private final VerbName name;
    private final StringBuilder concise = new StringBuilder();
    private JsonResult json;
    private Call call;

    TableVerb(VerbName name) {
        this.name = name;
    }

    @Override
    public void run(Call given) throws CommandFailure, CommandEnd {
        call = given;
        json = call.has(Option.JSON) ? new JsonResult() : null;
        try {
            new DeviceLoop(call).query(this);
        } finally {
            if (!concise.isEmpty()) {
                call.out().println(concise);
            }
        }
        if (json != null) {
            json.print(call);
        }
    }

    @Override
    public void run(NamedDevice device, boolean several) throws CommandFailure {
        DeviceStatus status =
                name == VerbName.STATUS ? status(device) : new DeviceStatus(lines(device), List.of(), null, "");
        List<TableLine> wanted = wanted(status.lines());
        boolean filteredOut = call.has(Option.TARGET) && wanted.isEmpty();
        if (json != null) {
            if (!filteredOut) {
                String shown = shownName(device);
                json.add(
                        name == VerbName.STATUS
                                ? DeviceJson.status(shown, wanted, status)
                                : DeviceJson.table(shown, wanted),
                        several);
            }
            return;
        }
        if (filteredOut) {
            return;
        }
        boolean verbose = call.has(Option.VERBOSE);
        if (call.has(Option.EXEC)) {
            ExecOption.run(call, shownName(device));
            if (!verbose) {
                return;
            }
        }
        if (name == VerbName.TABLE && call.has(Option.CONCISE)) {
            concise(device, wanted);
            return;
        }
        print(device, wanted, several, verbose);
        if (call.invocation().terminal().present()) {
            // Problems are told to people only: a script that reads both outputs as the status line must not stumble
            // over a problem's line.
            status.problems().forEach(problem -> call.remark(device.reference().shown() + ": " + problem.text()));
        }
    }

    private List<TableLine> lines(NamedDevice device) throws CommandFailure {
        boolean inactive = call.has(Option.INACTIVE);
        if (name == VerbName.TABLE) {
            return device.table(inactive);
        }
        List<TableLine> lines = device.tableIfPresent(inactive);
        if (lines == null) {
            throw device.doesNotExist();
        }
        return lines;
    }

    private DeviceStatus status(NamedDevice device) throws CommandFailure {
        DeviceStatus status = device.statusIfPresent(call.has(Option.INACTIVE));
        if (status == null) {
            throw device.doesNotExist();
        }
        return status;
    }

    private String shownName(NamedDevice device) {
        return device.device() == null
                ? device.reference().shown()
                : call.mangling().show(device.device().name());
    }

    private List<TableLine> wanted(List<TableLine> lines) {
        String type = call.options().value(Option.TARGET);
        if (type == null) {
            return lines;
        }
        List<TableLine> wanted = new ArrayList<>();
        for (TableLine line : lines) {
            if (line.type().equals(type)) {
                wanted.add(line);
            }
        }
        return wanted;
    }

    private void print(NamedDevice device, List<TableLine> lines, boolean several, boolean verbose)
            throws CommandFailure {
        if (verbose) {
            InfoBlock.print(call, device.info(call.has(Option.INACTIVE)));
        }
        String prefix = several && !verbose ? device.reference().shown() + ": " : "";
        StringBuilder text = new StringBuilder();
        if (lines.isEmpty()) {
            text.append(prefix).append('\n');
        }
        for (TableLine line : lines) {
            text.append(prefix)
                    .append(
                            name == VerbName.MEASURE
                                    ? new TableLine(line.start(), line.length(), line.type(), "").text()
                                    : line.text())
                    .append('\n');
        }
        if (several && verbose) {
            text.append('\n');
        }
        call.out().print(text);
    }

    private void concise(NamedDevice device, List<TableLine> lines) throws CommandFailure {
        DeviceInfo info = device.info(call.has(Option.INACTIVE));
        concise.append(concise.isEmpty() ? "" : ";")
                .append(ConciseForm.quote(call.mangling().show(info.name())))
                .append(',')
                .append(ConciseForm.quote(call.mangling().show(info.uuid())))
                .append(',')
                .append(info.minor())
                .append(',')
                .append(info.readOnly() ? "ro" : "rw");
        for (TableLine line : lines) {
            concise.append(',').append(ConciseForm.quote(line.text()));
        }
    }
}
