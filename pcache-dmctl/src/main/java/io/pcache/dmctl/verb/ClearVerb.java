package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;

/** {@code clear}: drops the inactive table. */
final class ClearVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        new DeviceLoop(call).change((device, several) -> {
            device.clear();
            VerboseInfo.print(call, device);
        });
    }
}
