package io.pcache.dmctl.monitor;

import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.Invocation;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.MappedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.metrics.OpenMetrics;
import java.util.ArrayList;
import java.util.List;

/** {@code metrics}: OpenMetrics text, for node_exporter's textfile collector and others. */
final class MetricsCommand {
    private final Invocation invocation;
    private final Devices devices;

    MetricsCommand(Invocation invocation, Devices devices) {
        this.invocation = invocation;
        this.devices = devices;
    }

    void run(List<String> operands) throws CommandFailure {
        NamedDevices named = new NamedDevices(devices, operands);
        List<OpenMetrics.Sample> samples = new ArrayList<>();
        for (MappedDevice device : named.find()) {
            JsonObject stats = named.stats(device, 0);
            DeviceInfo info = stats == null ? null : operands.isEmpty() ? device.infoIfPresent(false) : device.info(false);
            if (info != null) {
                samples.add(new OpenMetrics.Sample(devices.mangling().show(info.name()), info, stats));
            }
        }
        invocation.out().print(OpenMetrics.text(samples));
    }
}
