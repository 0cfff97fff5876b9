package io.pcache.dmctl.verb;

import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/** {@code wipe_table}: replaces the live table by one that fails all I/O. */
final class WipeTableVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        if (call.operands().isEmpty() && !call.has(Option.SELECT)) {
            // As in dmsetup, this verb does not find a device by uuid or number.
            throw call.noDevice();
        }
        new DeviceLoop(call).change((device, several) -> wipe(call, device));
    }

    private static void wipe(Call call, NamedDevice device) throws CommandFailure {
        try {
            device.table(false);
        } catch (CommandFailure e) {
            // dmsetup makes two requests, so for a missing device there are two failures.
            call.remark(e);
        }
        device.wipe(call.has(Option.NOFLUSH), call.has(Option.NOLOCKFS), call.has(Option.FORCE));
    }
}
