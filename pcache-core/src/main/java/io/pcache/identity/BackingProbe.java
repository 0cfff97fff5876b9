package io.pcache.identity;

/** Looks at the backing device that a cache is activated in front of. */
public interface BackingProbe {

    /** All but what is on the device, without reading from it. */
    DeviceIdentity identify();

    /** The same with what is on the device. */
    DeviceIdentity withSignatures(DeviceIdentity identity);

    /**
     * Of a device of this machine.
     *
     * @param path resolved
     * @param bytes its size
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
