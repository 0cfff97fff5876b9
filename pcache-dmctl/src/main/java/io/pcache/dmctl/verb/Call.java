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

/** One call of a verb: the options and operands that were given, and the streams that the verb prints to. */
public final class Call {
    private final Invocation invocation;
    private final Options options;
    private final List<String> operands;
    private final DeviceNodes nodes;
    private final Devices devices;
    /** The lines of failures that have been told. */
    private final Set<String> failures = new HashSet<>();

    /**
     * @param operands the operands without the verb
     * @param deviceDirectory the folder in the place of {@code /dev}
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

    /** The operands without the verb. */
    public List<String> operands() {
        return operands;
    }

    /** An operand; null where there are fewer. */
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

    /** Prints a line that explains something. Scripts look for no such line. */
    public void remark(String line) {
        invocation.out().flush();
        invocation.err().println(line);
    }

    /**
     * Tells of a failure, whether the failure ends the command or not. Each line is told once, although several
     * requests of the command may fail for the same reason.
     */
    public void remark(CommandFailure failure) {
        for (String line : failure.lines()) {
            if (failures.add(line)) {
                remark(line);
            }
        }
    }

    /**
     * Tells what a target has found while it took a table. Notices are for people only: a script may take a line on
     * standard error for a failure. The target's log has the notices, too.
     *
     * @param name the device's name, as shown
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
     * The device of the first operand, or else the device that an option selects.
     *
     * @return null where no device is named
     */
    public NamedDevice firstDevice() throws CommandFailure {
        if (!operands.isEmpty()) {
            return devices.byOperand(operands.get(0));
        }
        return options.selectsDevice() ? devices.bySelection(options) : null;
    }

    /** As {@link #firstDevice}, for verbs that need a device. */
    public NamedDevice theDevice() throws CommandFailure {
        NamedDevice device = firstDevice();
        if (device == null) {
            throw noDevice();
        }
        return device;
    }

    /** Checks the fields that are asked for. With {@code -c}, dmsetup does so also where the verb prints no report. */
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
