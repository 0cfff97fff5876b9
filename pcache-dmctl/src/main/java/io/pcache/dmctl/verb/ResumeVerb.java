package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/** {@code resume}: makes an inactive table live, and lets requests go. */
final class ResumeVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        new DeviceLoop(call).change((device, several) -> resume(call, device));
    }

    private static void resume(Call call, NamedDevice device) throws CommandFailure {
        device.resume(
                call.has(Option.NOFLUSH),
                call.has(Option.NOLOCKFS),
                call.options().readAhead().inPages());
        DeviceInfo info = device.infoIfPresent(false);
        if (info != null) {
            call.nodes().check(info);
        }
        VerboseInfo.print(call, device);
    }
}
