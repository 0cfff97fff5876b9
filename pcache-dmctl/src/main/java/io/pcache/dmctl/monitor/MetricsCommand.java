package io.pcache.dmctl.monitor;

import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.metrics.OpenMetrics;
import io.pcache.metrics.TextFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code metrics}: prints OpenMetrics text, or with {@code --classic} Prometheus' older text, which node_exporter's
 * textfile collector and promtool read. With {@code --json}, prints the numbers that both are made of.
 */
final class MetricsCommand {
    private final Invocation invocation;
    private final Devices devices;
    private final boolean classic;
    private final boolean json;

    MetricsCommand(Invocation invocation, Devices devices, boolean classic, boolean json) {
        this.invocation = invocation;
        this.devices = devices;
        this.classic = classic;
        this.json = json;
    }

    void run(List<String> operands) throws CommandFailure {
        NamedDevices named = new NamedDevices(devices, operands);
        List<OpenMetrics.Sample> samples = new ArrayList<>();
        for (NamedDevice device : named.find()) {
            JsonObject stats = named.stats(device, 0);
            DeviceInfo info =
                    stats == null ? null : operands.isEmpty() ? device.infoIfPresent(false) : device.info(false);
            if (info != null) {
                samples.add(new OpenMetrics.Sample(devices.mangling().show(info.name()), info, stats));
            } else if (device.isSilent()) {
                samples.add(OpenMetrics.Sample.down(device.reference().shown()));
            }
        }
        if (json) {
            List<JsonObject> objects = new ArrayList<>();
            for (OpenMetrics.Sample sample : samples) {
                if (sample.isUp()) {
                    objects.add(DeviceJson.metrics(sample.name(), sample.info(), sample.stats()));
                }
            }
            invocation.out().print(JsonCodec.textForPeople(named.isOne() ? objects.get(0) : objects));
        } else {
            invocation.out().print(OpenMetrics.text(samples, classic ? TextFormat.CLASSIC : TextFormat.OPEN_METRICS));
        }
    }
}
