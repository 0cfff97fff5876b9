package io.pcache.dmctl.monitor;

import io.pcache.control.JsonObject;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.ArrayList;
import java.util.List;

/** The devices that a command names, or else all devices. */
final class NamedDevices {
    private final Devices devices;
    private final List<String> operands;

    NamedDevices(Devices devices, List<String> operands) {
        this.devices = devices;
        this.operands = operands;
    }

    /** Whether the command names one device. The command's JSON is an object then, and else a list. */
    boolean isOne() {
        return operands.size() == 1;
    }

    /** Whether the command names no device, and so is about all devices. */
    boolean areAll() {
        return operands.isEmpty();
    }

    List<NamedDevice> find() throws CommandFailure {
        if (operands.isEmpty()) {
            return devices.all();
        }
        List<NamedDevice> found = new ArrayList<>();
        for (String operand : operands) {
            found.add(devices.byOperand(operand));
        }
        return found;
    }

    /** The counters of a device; null for one of all devices that is gone since the devices were listed. */
    JsonObject stats(NamedDevice device, long since) throws CommandFailure {
        try {
            return device.stats(since);
        } catch (CommandFailure e) {
            if (operands.isEmpty() && device.infoIfPresent(false) == null) {
                return null;
            }
            throw e;
        }
    }
}
