package io.pcache.dmctl.verb;

import io.pcache.control.DeviceControl;
import io.pcache.control.JsonObject;
import io.pcache.control.TableHelp;
import io.pcache.control.TableLine;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.progress.StartProgress;
import io.pcache.dmctl.table.TableSource;
import java.util.List;

/** {@code load} and {@code reload}: put a table into the inactive slot. */
final class LoadVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        // With -u or -j -m there is no name among the operands.
        boolean selected = call.options().selectsDevice();
        if (call.operands().isEmpty() && !selected) {
            throw new CommandFailure(
                    "Please specify device.",
                    "pcache: load needs the name of a device, for example: pcachectl load demo --table '"
                            + TableHelp.LINE + "'");
        }
        if (call.operands().size() > 1 && selected) {
            throw new CommandFailure("Too many command line arguments.");
        }
        List<TableLine> lines = TableSource.read(call.invocation(), call.options(), call.operand(selected ? 0 : 1));
        NamedDevice device = selected
                ? call.devices().bySelection(call.options())
                : call.devices().byOperand(call.operand(0));
        call.tell(device.reference().failureName(), load(call, device, lines));
        VerboseInfo.print(call, device);
    }

    /** Loads the table, for which the target formats or replays the cache; returns what the target found. */
    private static List<JsonObject> load(Call call, NamedDevice device, List<TableLine> lines) throws CommandFailure {
        StartProgress progress = device.device() == null ? null : StartProgress.of(call.invocation(), device.device());
        try {
            return device.load(
                    lines,
                    new DeviceControl.LoadOptions(
                            call.has(Option.READONLY),
                            call.has(Option.FORCE),
                            call.has(Option.SALVAGE),
                            call.options().verify()));
        } finally {
            if (progress != null) {
                progress.close();
            }
        }
    }
}
