package io.pcache.server.device;

import io.pcache.control.ControlException;
import java.io.IOException;
import java.util.Set;

/** What a device asks of the registry that lists the device: of {@link io.pcache.control.Registry} in a real target. */
public interface DeviceRegistration {
    /** @throws ControlException EBUSY when the name is taken */
    void moveName(String oldName, String newName) throws ControlException;

    /** @throws ControlException EBUSY when any device has the uuid, this one included */
    void requireFreeUuid(String name, String uuid) throws ControlException;

    /** @throws ControlException EBUSY when the uuid is taken */
    void setUuid(String name, String uuid) throws ControlException;

    /** Keeps what a successor of this process needs. */
    void save(RecoveryState state) throws IOException;

    /** Deletes what was kept: until something is kept again, this process has no successor. */
    void forgetState() throws IOException;

    /** Makes known which block devices are the backing devices of this device: {@code MAJ:MIN} each. */
    void usesBacking(Set<String> numbers) throws IOException;

    /** Takes the device out of the registry. */
    void forget() throws ControlException;
}
