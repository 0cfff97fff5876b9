package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.MappedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.HashMap;
import java.util.Map;

/** {@code mknodes}: makes the links in {@code /dev} agree with the devices. */
final class MknodesVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        Map<String, DeviceInfo> devices = new HashMap<>();
        for (MappedDevice device : call.devices().all()) {
            DeviceInfo info = device.infoIfPresent(false);
            if (info != null) {
                devices.put(info.name(), info);
            }
        }
        if (call.operands().isEmpty()) {
            call.nodes().reconcile(devices);
            return;
        }
        for (String operand : call.operands()) {
            String name = call.mangling().name(operand);
            DeviceInfo info = devices.get(name);
            if (info == null) {
                call.nodes().remove(name);
            } else {
                call.nodes().add(info);
            }
        }
    }
}
