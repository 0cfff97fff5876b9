package io.pcache.server.device;

import io.pcache.control.ControlException;
import io.pcache.control.DeviceName;
import io.pcache.sys.Errno;

/**
 * A device's name and uuid, with device-mapper's rules for changing them. One thread at a time makes changes, any
 * thread may read.
 */
public final class NameAndUuid {
    private final DeviceRegistration registration;
    private volatile String name;
    private volatile String uuid;

    /**
     * @param name stored form
     * @param uuid stored form; empty without one
     */
    public NameAndUuid(String name, String uuid, DeviceRegistration registration) {
        this.name = name;
        this.uuid = uuid;
        this.registration = registration;
    }

    /** Stored form. */
    String name() {
        return name;
    }

    /** Stored form; empty without one. */
    String uuid() {
        return uuid;
    }

    /** The name as people see it. */
    public String displayName() {
        return DeviceName.unmangle(name);
    }

    /** @param newName stored form */
    void rename(String newName) throws ControlException {
        String refusal = DeviceName.refusal(newName);
        if (refusal != null) {
            throw refusal(refusal);
        }
        registration.moveName(name, newName);
        name = newName;
    }

    /** @param newUuid stored form; a uuid can be set once */
    void setUuid(String newUuid) throws ControlException {
        if (newUuid.isEmpty() || newUuid.length() > DeviceName.MAX_UUID_BYTES || !DeviceName.isStoredForm(newUuid)) {
            throw refusal("Invalid new mapped device name or uuid string supplied.");
        }
        // As in the kernel: all devices are looked at before this one is, and this one may have the uuid itself.
        registration.requireFreeUuid(name, newUuid);
        if (!uuid.isEmpty()) {
            throw refusal("Unable to change uuid of mapped device " + displayName() + " to "
                    + DeviceName.unmangle(newUuid) + " because uuid is already set to " + DeviceName.unmangle(uuid));
        }
        registration.setUuid(name, newUuid);
        uuid = newUuid;
    }

    /** Takes {@link #setUuid} back. */
    void clearUuid() throws ControlException {
        registration.setUuid(name, "");
        uuid = "";
    }

    /** A refusal with EINVAL, and a reason that names the device. */
    ControlException refusal(String reason) {
        return new ControlException(Errno.EINVAL, displayName() + ": " + reason);
    }
}
