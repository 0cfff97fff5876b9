package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/** {@code suspend}: holds new requests. */
final class SuspendVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        new DeviceLoop(call).change((device, several) -> {
            device.suspend(call.has(Option.NOFLUSH), call.has(Option.NOLOCKFS));
            VerboseInfo.print(call, device);
        });
    }
}
