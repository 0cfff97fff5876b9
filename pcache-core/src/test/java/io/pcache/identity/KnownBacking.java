package io.pcache.identity;

import java.util.List;

/**
 * A backing device of which this is known.
 *
 * @param identity with what is on the device
 */
public record KnownBacking(DeviceIdentity identity) implements BackingProbe {

    /** @param signature empty for a device that carries nothing */
    public KnownBacking(long sectors, List<String> ids, String signature, String path) {
        this(new DeviceIdentity(sectors, ids, signature.isEmpty() ? List.of() : List.of(signature), path));
    }

    @Override
    public DeviceIdentity identify() {
        return new DeviceIdentity(identity.sectors(), identity.ids(), List.of(), identity.path());
    }

    @Override
    public DeviceIdentity withSignatures(DeviceIdentity known) {
        return identity;
    }
}
