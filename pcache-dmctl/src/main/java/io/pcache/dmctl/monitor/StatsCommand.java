package io.pcache.dmctl.monitor;

import io.pcache.control.JsonObject;
import io.pcache.dmctl.Invocation;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.MappedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.json.JsonPrinter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code stats}: a line for each device and report. */
final class StatsCommand {
    private static final long MS_PER_SECOND = 1000;

    private final Invocation invocation;
    private final Devices devices;
    private final boolean json;
    private final Map<String, Long> snapshots = new HashMap<>();

    StatsCommand(Invocation invocation, Devices devices, boolean json) {
        this.invocation = invocation;
        this.devices = devices;
        this.json = json;
    }

    void run(List<String> operands) throws CommandFailure {
        List<String> names = new ArrayList<>(operands);
        List<Long> numbers = new ArrayList<>();
        while (!names.isEmpty() && numbers.size() < 2 && isNumber(names.get(names.size() - 1))) {
            numbers.add(0, Long.parseLong(names.remove(names.size() - 1)));
        }
        if (!numbers.isEmpty() && numbers.get(0) < 1) {
            throw new CommandFailure("Interval must be a positive integer.");
        }
        // Without an interval once; with one, for ever unless a count is given.
        long count = numbers.isEmpty() ? 1 : numbers.size() == 2 ? numbers.get(1) : Long.MAX_VALUE;
        NamedDevices named = new NamedDevices(devices, names);
        for (long done = 0; done < count; done++) {
            if (done > 0) {
                sleep(numbers.get(0));
            }
            report(named);
            if (invocation.out().checkError()) {
                return;
            }
        }
    }

    /** A device of that name wins. */
    private boolean isNumber(String text) throws CommandFailure {
        return text.matches("[0-9]{1,9}") && devices.byOperand(text).device() == null;
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
        StatsTable table = new StatsTable();
        for (MappedDevice device : named.find()) {
            String name = device.device() == null ? device.reference().shown() : devices.mangling().show(device.device().name());
            JsonObject stats = named.stats(device, snapshots.getOrDefault(name, 0L));
            // A table of another type has no counters.
            if (stats == null || stats.object("total") == null) {
                continue;
            }
            snapshots.put(name, stats.number("snapshot", 0));
            objects.add(new JsonObject().put("name", name).put("stats", stats));
            table.add(name, stats);
        }
        invocation.out().print(json ? JsonPrinter.print(objects) : table.text());
    }
}
