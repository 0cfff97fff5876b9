package io.pcache.dmctl.verb;

import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;

/** {@code mknodes}: makes the links in {@code /dev} agree with the devices. A name that no device has is no failure. */
final class MknodesVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        call.nodes().removeStale();
        if (call.operands().isEmpty()) {
            for (NamedDevice device : call.devices().all()) {
                device.makeNodes();
            }
        }
        for (String operand : call.operands()) {
            call.devices().byStoredName(call.mangling().name(operand)).makeNodes();
        }
    }
}
