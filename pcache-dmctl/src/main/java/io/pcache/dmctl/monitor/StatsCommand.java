package io.pcache.dmctl.monitor;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.json.DeviceJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code stats}: prints a line for each device and report. */
final class StatsCommand {
    private static final long MS_PER_SECOND = 1000;

    private final Invocation invocation;
    private final Devices devices;
    private final boolean json;
    private final Map<String, Long> snapshots = new HashMap<>();
    private final StatsTable table = new StatsTable();

    StatsCommand(Invocation invocation, Devices devices, boolean json) {
        this.invocation = invocation;
        this.devices = devices;
        this.json = json;
    }

    void run(List<String> operands) throws CommandFailure {
        List<String> names = new ArrayList<>(operands);
        List<String> numbers = new ArrayList<>();
        while (!names.isEmpty() && numbers.size() < 2 && isNumber(names.get(names.size() - 1))) {
            numbers.add(0, names.remove(names.size() - 1));
        }
        long interval = numbers.isEmpty() ? 0 : positive("Interval", numbers.get(0));
        // Without an interval, there is one report. With an interval and without a count, reports go on for ever.
        long count = numbers.isEmpty() ? 1 : numbers.size() == 2 ? positive("Count", numbers.get(1)) : Long.MAX_VALUE;
        if (names.size() > 1) {
            checkNames(names);
        }
        NamedDevices named = new NamedDevices(devices, names);
        for (long done = 0; done < count; done++) {
            if (done > 0) {
                sleep(interval);
            }
            report(named);
            if (invocation.out().checkError()) {
                return;
            }
        }
    }

    /** Whether a text is a number. A device of that name wins. */
    private boolean isNumber(String text) throws CommandFailure {
        return text.matches("[-+]?[0-9.]+") && devices.byOperand(text).device() == null;
    }

    private static long positive(String what, String text) throws CommandFailure {
        long number = text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
        if (number == 0) {
            throw new CommandFailure(what + " must be a positive integer"
                    + (text.matches("[0-9]{10,}") ? " of at most 9 digits." : "."));
        }
        return number;
    }

    /** Checks that the names are those of devices. A mistyped interval is among the names. */
    private void checkNames(List<String> names) throws CommandFailure {
        for (String name : names) {
            if (devices.byOperand(name).device() == null) {
                throw new CommandFailure(
                        name + ": no such device, and no number: stats takes [DEVICE...] [INTERVAL [COUNT]].");
            }
        }
    }

    private static void sleep(long seconds) throws CommandFailure {
        try {
            Thread.sleep(seconds * MS_PER_SECOND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure();
        }
    }

    private void report(NamedDevices named) throws CommandFailure {
        List<JsonObject> objects = new ArrayList<>();
        for (NamedDevice device : named.find()) {
            String name = device.device() == null
                    ? device.reference().shown()
                    : devices.mangling().show(device.device().name());
            JsonObject stats = named.stats(device, snapshots.getOrDefault(name, 0L));
            if (stats == null || stats.object("total") == null) {
                // A table of another type has no counters. Such a device is passed over where the command is about all
                // devices.
                if (stats != null && !named.areAll()) {
                    throw new CommandFailure(name + ": has no counters: no pcache table is live");
                }
                continue;
            }
            snapshots.put(name, stats.number("snapshot", 0));
            objects.add(DeviceJson.stats(name, stats));
            table.add(name, stats);
        }
        invocation
                .out()
                .print(!json ? table.report() : JsonCodec.textForPeople(named.isOne() ? objects.get(0) : objects));
    }
}
