package io.pcache.dmctl.verb;

import io.pcache.control.Device;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;

/**
 * {@code mangle}: encodes raw names. Our names are stored encoded already, so this verb only says that there is nothing
 * to do. The names that are printed are stored names.
 */
final class MangleVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        if (call.operands().isEmpty() && !call.options().selectsDevice()) {
            for (NamedDevice device : call.devices().all()) {
                print(call, device.device());
            }
            return;
        }
        if (call.operands().isEmpty()) {
            print(call, call.devices().bySelection(call.options()).device());
        }
        for (String operand : call.operands()) {
            print(call, call.devices().registry().byName(operand));
        }
    }

    private static void print(Call call, Device device) throws CommandFailure {
        if (device == null) {
            throw new CommandFailure();
        }
        boolean withUuid = !device.uuid().isEmpty();
        call.out()
                .println(device.name() + ": " + (withUuid ? device.uuid() : "[no UUID]") + ": "
                        + (withUuid ? "name and UUID" : "name") + " already in correct form");
    }
}
