package io.pcache.dmctl.verb;

import io.pcache.control.JsonObject;
import io.pcache.dmctl.device.DeviceNodes;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NameMangling;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.Options;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One call of a verb: what it was given, and where it prints. */
public final class Call {
    private final Invocation invocation;
    private final Options options;
    private final List<String> operands;
    private final DeviceNodes nodes;
    private final Devices devices;
    /** What failures have told so far. */
    private final Set<String> failures = new HashSet<>();

    /**
     * @param operands without the verb
     * @param deviceDirectory in place of {@code /dev}
     */
    public Call(Invocation invocation, Options options, List<String> operands, Path deviceDirectory) {
        this.invocation = invocation;
        this.options = options;
        this.operands = operands;
        this.nodes = new DeviceNodes(deviceDirectory);
        this.devices = new Devices(invocation, options, nodes);
    }

    public Invocation invocation() {
        return invocation;
    }

    public Options options() {
        return options;
    }

    public boolean has(Option option) {
        return options.has(option);
    }

    /** Without the verb. */
    public List<String> operands() {
        return operands;
    }

    /** Null where there are fewer. */
    public String operand(int index) {
        return index < operands.size() ? operands.get(index) : null;
    }

    public Devices devices() {
        return devices;
    }

    public DeviceNodes nodes() {
        return nodes;
    }

    public NameMangling mangling() {
        return devices.mangling();
    }

    public PrintStream out() {
        return invocation.out();
    }

    public PrintStream err() {
        return invocation.err();
    }

    /** A line that explains; scripts look for none of these. */
    public void remark(String line) {
        invocation.out().flush();
        invocation.err().println(line);
    }

    /**
     * A failure that does not end the command, or the one that does. A line is told once, however many requests of the
     * command fail for the same reason.
     */
    public void remark(CommandFailure failure) {
        for (String line : failure.lines()) {
            if (failures.add(line)) {
                remark(line);
            }
        }
    }

    /**
     * Tells what a target has found while it took a table. Notices are for people: a script may take a line on standard
     * error for a failure, and finds them in the target's log.
     *
     * @param name the device's, as shown
     */
    void tell(String name, List<JsonObject> events) {
        boolean notices = invocation.errorTerminal().present() || has(Option.VERBOSE);
        for (JsonObject event : events) {
            if (notices || !event.flag("notice")) {
                remark(name + ": " + event.string("text", ""));
            }
        }
    }

    /**
     * The device of the first operand, or the selected one; a name wins over a selection.
     *
     * @return null where none is named
     */
    public NamedDevice firstDevice() throws CommandFailure {
        if (!operands.isEmpty()) {
            return devices.byOperand(operands.get(0));
        }
        return options.selectsDevice() ? devices.bySelection(options) : null;
    }

    /** As {@link #firstDevice}, for verbs that need one. */
    public NamedDevice theDevice() throws CommandFailure {
        NamedDevice device = firstDevice();
        if (device == null) {
            throw noDevice();
        }
        return device;
    }

    /** With {@code -c}, fields are looked at even where the verb prints none. */
    public void checkReportOptions(VerbName verb) throws CommandEnd {
        if (has(Option.SORT) && (verb == VerbName.TABLE || verb == VerbName.STATUS)) {
            err().println("--sort is not yet supported with status and table.");
            throw new CommandEnd(1);
        }
        DeviceReport.of(this);
    }

    CommandFailure noDevice() {
        String verb = options.operands().get(0);
        return new CommandFailure(
                "No device specified.",
                "pcache: " + verb + " needs the name of a device, for example: pcachectl " + verb + " demo");
    }
}
