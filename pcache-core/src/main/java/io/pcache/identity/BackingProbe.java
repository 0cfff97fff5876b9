package io.pcache.identity;

/** Looks at the backing device that a cache is activated in front of. */
public interface BackingProbe {

    /** Finds the identity without the signatures of what is on the device. Reads nothing from the device. */
    DeviceIdentity identify();

    /** Completes an identity with the signatures of what is on the device. */
    DeviceIdentity withSignatures(DeviceIdentity identity);

    /**
     * A probe of a device of this machine.
     *
     * @param path resolved
     * @param bytes size of the device
     */
    static BackingProbe of(String path, long bytes) {
        IdentityProbe probe = new IdentityProbe();
        return new BackingProbe() {
            @Override
            public DeviceIdentity identify() {
                return probe.identify(path, bytes >>> 9);
            }

            @Override
            public DeviceIdentity withSignatures(DeviceIdentity identity) {
                return probe.withSignatures(identity);
            }
        };
    }
}
