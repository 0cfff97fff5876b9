package io.pcache.dmctl.verb;

import io.pcache.control.Dependency;
import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.dmctl.options.Options.DeviceLabel;
import io.pcache.dmctl.tree.DeviceTree;
import java.util.ArrayList;
import java.util.List;

/** {@code deps}: what a device's table uses. */
final class DepsVerb implements Verb {
    private Call call;

    @Override
    public void run(Call given) throws CommandFailure, CommandEnd {
        call = given;
        if (!call.has(Option.JSON)) {
            new DeviceLoop(call).query(this::print);
            return;
        }
        JsonResult json = new JsonResult();
        DeviceLoop.Body body = (device, several) -> json.add(
                DeviceJson.dependencies(
                        call.mangling().show(device.info(false).name()), device.deps(call.has(Option.INACTIVE))),
                several);
        new DeviceLoop(call).query(body);
        json.print(call);
    }

    private void print(NamedDevice device, boolean several) throws CommandFailure {
        List<Dependency> dependencies = device.deps(call.has(Option.INACTIVE));
        boolean verbose = call.has(Option.VERBOSE);
        if (verbose) {
            InfoBlock.print(call, device.info(call.has(Option.INACTIVE)));
        }
        StringBuilder text = new StringBuilder();
        if (several && !verbose) {
            text.append(device.reference().shown()).append(": ");
        }
        text.append(dependencies.size()).append(" dependencies\t:");
        for (Dependency dependency : dependencies) {
            text.append(" (").append(label(dependency)).append(')');
        }
        call.out().println(text.append(several && verbose ? "\n" : ""));
    }

    private String label(Dependency dependency) throws CommandFailure {
        if (!dependency.isDevice()) {
            return dependency.path();
        }
        DeviceLabel label = call.options().deviceLabel();
        if (label == DeviceLabel.NUMBER) {
            return dependency.major() + ", " + dependency.minor();
        }
        DeviceInfo mapped = label == DeviceLabel.MAPPED_NAME ? DeviceTree.mapped(dependency, infos()) : null;
        return mapped == null ? dependency.name() : call.mangling().show(mapped.name());
    }

    private List<DeviceInfo> infos() throws CommandFailure {
        List<DeviceInfo> infos = new ArrayList<>();
        for (NamedDevice device : call.devices().all()) {
            DeviceInfo info = device.infoIfPresent(false);
            if (info != null) {
                infos.add(info);
            }
        }
        return infos;
    }
}
