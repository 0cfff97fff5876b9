package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceStatus;
import io.pcache.dmctl.device.DirtyData;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.dmctl.report.Report;
import io.pcache.setting.Setting;

/** {@code info}: prints a block for each device, or with {@code -c} a report. */
final class InfoVerb implements Verb {
    private Call call;

    @Override
    public void run(Call given) throws CommandFailure, CommandEnd {
        call = given;
        if (call.has(Option.COLUMNS)) {
            columns();
        } else if (call.has(Option.JSON)) {
            JsonResult json = new JsonResult();
            each((device, info, several) -> json.add(DeviceJson.info(info), several));
            json.print(call);
        } else {
            boolean people = call.invocation().terminal().present();
            each((device, info, several) ->
                    InfoBlock.print(call, info, people ? DirtyData.of(device) : null, people ? cacheMode(device) : ""));
        }
    }

    /** Empty for a device that has no cache, or that does not tell. */
    private static String cacheMode(NamedDevice device) {
        try {
            DeviceStatus status = device.statusIfPresent(false);
            return status == null || status.settings() == null
                    ? ""
                    : status.settings().word(Setting.CACHE_MODE);
        } catch (CommandFailure e) {
            // What could be told of the device is told without.
            return "";
        }
    }

    private interface InfoTaker {
        void take(NamedDevice device, DeviceInfo info, boolean several) throws CommandFailure;
    }

    private void each(InfoTaker taker) throws CommandFailure, CommandEnd {
        if (isUnnamed() && call.devices().all().isEmpty()) {
            if (!call.has(Option.JSON)) {
                call.devices().tellOfNone();
            }
            return;
        }
        new DeviceLoop(call)
                .query((device, several) -> taker.take(device, device.info(call.has(Option.INACTIVE)), several));
    }

    private boolean isUnnamed() {
        return call.operands().isEmpty() && !call.options().selectsDevice();
    }

    private void columns() throws CommandFailure, CommandEnd {
        DeviceReport device = DeviceReport.of(call);
        Report report = device.start();
        if (isUnnamed()) {
            if (call.devices().all().isEmpty() && !call.has(Option.JSON)) {
                call.devices().tellOfNone();
                return;
            }
            for (NamedDevice mapped : call.devices().all()) {
                DeviceInfo info = mapped.infoIfPresent(call.has(Option.INACTIVE));
                if (info != null) {
                    report.add(device.row(info));
                }
            }
        } else {
            named(device, report);
        }
        ReportOutput.print(call, report);
    }

    private void named(DeviceReport device, Report report) throws CommandFailure {
        try {
            if (call.operands().isEmpty()) {
                report.add(device.row(call.devices().bySelection(call.options()).info(call.has(Option.INACTIVE))));
            }
            for (String operand : call.operands()) {
                report.add(device.row(call.devices().byOperand(operand).info(call.has(Option.INACTIVE))));
            }
        } catch (CommandFailure e) {
            // The devices that were asked before the failure are shown all the same.
            ReportOutput.print(call, report);
            throw e;
        }
    }
}
