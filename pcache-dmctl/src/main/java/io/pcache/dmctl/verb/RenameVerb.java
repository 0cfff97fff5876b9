package io.pcache.dmctl.verb;

import io.pcache.control.ControlException;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceName;
import io.pcache.control.Registry;
import io.pcache.dmctl.device.NameMangling;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.sys.Errno;

/** {@code rename}: gives a device another name, or with {@code --setuuid} a uuid. */
final class RenameVerb implements Verb {
    private Call call;

    @Override
    public void run(Call given) throws CommandFailure {
        call = given;
        boolean selected = call.operands().size() == 1 && call.options().selectsDevice();
        if (call.operands().size() == 1 && !selected) {
            throw call.noDevice();
        }
        String text = call.operand(selected ? 0 : 1);
        if (call.has(Option.SETUUID)) {
            setUuid(selected, text);
        } else {
            rename(selected, text);
        }
    }

    private NamedDevice device(boolean selected) throws CommandFailure {
        return selected
                ? call.devices().bySelection(call.options())
                : call.devices().byOperand(call.operand(0));
    }

    private void setUuid(boolean selected, String text) throws CommandFailure {
        String uuid = call.mangling().newUuid(text);
        NamedDevice device = device(selected);
        if (device.device() == null) {
            throw missing(device, "uuid ", text, call.devices().byUuid(uuid) != null);
        }
        device.setUuid(uuid);
    }

    private void rename(boolean selected, String text) throws CommandFailure {
        if (text.isEmpty()) {
            throw new CommandFailure("Non empty new name is required.");
        }
        if (text.indexOf('/') >= 0) {
            throw NameMangling.slash(text);
        }
        String name = call.mangling().newName(text);
        NamedDevice device = device(selected);
        if (device.device() == null) {
            String refusal = DeviceName.refusal(name);
            throw refusal != null
                    ? failure(device, Errno.EINVAL, refusal)
                    : missing(device, "", text, registry().byName(name) != null);
        }
        device.rename(name);
        DeviceInfo info = call.devices().byStoredName(name).infoIfPresent(false);
        if (info != null) {
            call.nodes().check(info);
        }
    }

    private Registry registry() throws CommandFailure {
        return call.devices().registry();
    }

    /**
     * The failure for a device that does not exist. The driver first checks whether the new name or uuid is free, and
     * then looks for the device.
     */
    private static CommandFailure missing(NamedDevice device, String what, String text, boolean taken) {
        String old = device.reference().failureName();
        if (text.isEmpty()) {
            return failure(device, Errno.EINVAL, "Invalid new mapped device name or uuid string supplied.");
        }
        return taken
                ? failure(
                        device,
                        Errno.EBUSY,
                        "Unable to change " + (what.isEmpty() ? "name " : what) + "on mapped device " + old
                                + " to one that already exists: " + text)
                : failure(device, Errno.ENXIO, "Unable to rename non-existent device, " + old + " to " + what + text);
    }

    private static IoctlFailure failure(NamedDevice device, int errno, String reason) {
        return IoctlFailure.of(
                "rename",
                device.reference().failureName(),
                device.reference().failureId(),
                new ControlException(errno, "pcache: " + reason));
    }
}
