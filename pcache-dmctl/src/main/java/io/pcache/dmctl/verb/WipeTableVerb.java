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
            // A device told by uuid or number is none to this verb, in dmsetup and so here.
            throw call.noDevice();
        }
        new DeviceLoop(call).change((device, several) -> wipe(call, device));
    }

    private static void wipe(Call call, NamedDevice device) throws CommandFailure {
        try {
            device.table(false);
        } catch (CommandFailure e) {
            // Two requests, and for a missing device two failures.
            call.remark(e);
        }
        device.wipe(call.has(Option.NOFLUSH), call.has(Option.NOLOCKFS), call.has(Option.FORCE));
    }
}
