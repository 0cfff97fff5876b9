package io.pcache.server.device;

import io.pcache.control.ControlException;
import java.io.IOException;
import java.util.Set;

/** What a device asks of the registry that it is listed in; {@link io.pcache.control.Registry} in a real target. */
public interface DeviceRegistration {
    /** @throws ControlException EBUSY when the name is taken */
    void moveName(String oldName, String newName) throws ControlException;

    /** @throws ControlException EBUSY when a device has the uuid, whichever */
    void requireFreeUuid(String name, String uuid) throws ControlException;

    /** @throws ControlException EBUSY when the uuid is taken */
    void setUuid(String name, String uuid) throws ControlException;

    /** Keeps what a successor of this process needs. */
    void save(RecoveryState state) throws IOException;

    /** Takes back what was kept: this process has no successor until something is kept again. */
    void forgetState() throws IOException;

    /** Makes known which block devices hold, as backing devices, what this one shows: {@code MAJ:MIN} each. */
    void usesBacking(Set<String> numbers) throws IOException;

    /** Takes the device out. */
    void forget() throws ControlException;
}
