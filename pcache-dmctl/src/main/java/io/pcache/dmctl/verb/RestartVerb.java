package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/**
 * {@code restart}, which dmsetup does not have: gives devices a target of this program's version, while other programs
 * have the devices open.
 */
final class RestartVerb implements Verb {
    private static final long MS_PER_SECOND = 1000;

    @Override
    public void run(Call call) throws CommandFailure, CommandEnd {
        long limitMs = call.options().waitSeconds() * MS_PER_SECOND;
        new DeviceLoop(call)
                .change((device, several) ->
                        device.restart(call.devices().registry(), limitMs, call.has(Option.FORCE)));
    }
}
