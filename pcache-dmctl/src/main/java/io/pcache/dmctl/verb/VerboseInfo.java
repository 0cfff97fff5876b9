package io.pcache.dmctl.verb;

import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/**
 * With {@code -v}, verbs that change a device show the device's new state. As dmsetup does, they show nothing where a
 * selection chose the devices.
 */
final class VerboseInfo {
    private VerboseInfo() {}

    static void print(Call call, NamedDevice device) throws CommandFailure {
        if (call.has(Option.VERBOSE) && !call.has(Option.SELECT)) {
            InfoBlock.print(call, device.info(call.has(Option.INACTIVE)));
        }
    }
}
