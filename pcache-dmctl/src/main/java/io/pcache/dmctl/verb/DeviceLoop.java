package io.pcache.dmctl.verb;

import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import java.util.List;

/** Runs a verb over the devices that a command names: in order, until the first failure. */
final class DeviceLoop {
    private final Call call;

    DeviceLoop(Call call) {
        this.call = call;
    }

    /** The work on one device. */
    interface Body {
        /** @param several whether lines need the device's name in front */
        void run(NamedDevice device, boolean several) throws CommandFailure, CommandEnd;
    }

    /**
     * Runs a query over the devices that are named, or over all devices where none is named. Without any devices,
     * {@code No devices found} is printed, unless JSON is wanted.
     */
    void query(Body body) throws CommandFailure, CommandEnd {
        if (call.has(Option.SELECT)) {
            selected(body, false);
        } else if (isNamed()) {
            named(body);
        } else {
            List<NamedDevice> all = call.devices().all();
            if (all.isEmpty() && !call.has(Option.JSON)) {
                call.devices().tellOfNone();
            }
            for (NamedDevice device : all) {
                listed(device, body);
            }
        }
    }

    /**
     * Runs a query over one of all devices. Nobody named this device, so the query does not fail where the device is
     * gone meanwhile.
     */
    private static void listed(NamedDevice device, Body body) throws CommandFailure, CommandEnd {
        try {
            body.run(device, true);
        } catch (CommandFailure e) {
            if (device.infoIfPresent(false) != null) {
                throw e;
            }
        }
    }

    /** Runs a change over the devices that are named. Fails where no device is named. */
    void change(Body body) throws CommandFailure, CommandEnd {
        if (call.has(Option.SELECT)) {
            selected(body, true);
        } else if (isNamed()) {
            named(body);
        } else {
            throw call.noDevice();
        }
    }

    private boolean isNamed() {
        return !call.operands().isEmpty() || call.options().selectsDevice();
    }

    private void named(Body body) throws CommandFailure, CommandEnd {
        if (call.operands().isEmpty()) {
            body.run(call.devices().bySelection(call.options()), false);
            return;
        }
        for (String operand : call.operands()) {
            body.run(call.devices().byOperand(operand), call.operands().size() > 1);
        }
    }

    /** @param goOn whether the other devices are still done after a failure; the command then fails at the end */
    private void selected(Body body, boolean goOn) throws CommandFailure, CommandEnd {
        boolean failed = false;
        for (NamedDevice device : DeviceReport.selectedDevices(call)) {
            try {
                body.run(device, true);
            } catch (CommandFailure e) {
                if (!goOn) {
                    throw e;
                }
                call.remark(e);
                failed = true;
            }
        }
        if (failed) {
            throw new CommandFailure();
        }
    }
}
