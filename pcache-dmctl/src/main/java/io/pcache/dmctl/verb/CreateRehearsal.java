package io.pcache.dmctl.verb;

import io.pcache.control.ControlException;
import io.pcache.control.CreateOptions;
import io.pcache.control.DeviceControl;
import io.pcache.control.DeviceName;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.MemoryPlan;
import io.pcache.control.Registry;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.table.ConciseEntry;
import io.pcache.media.DeviceLayout;
import io.pcache.server.process.DryRun;

/** {@code create --dry-run}: says on stdout what would be made, or fails as {@code create} would. */
final class CreateRehearsal {

    private final Call call;
    private final ConciseEntry entry;
    private final CreateOptions options;
    private final MemoryPlan plan;
    private final DeviceControl.LoadOptions load;

    CreateRehearsal(
            Call call, ConciseEntry entry, CreateOptions options, MemoryPlan plan, DeviceControl.LoadOptions load) {
        this.call = call;
        this.entry = entry;
        this.options = options;
        this.plan = plan;
        this.load = load;
    }

    /** @param wanted the number that was asked for, for messages */
    void run(String wanted) throws CommandFailure {
        DryRun dryRun;
        try {
            if (!call.has(Option.FORCE)) {
                plan.requireRoom();
            }
            dryRun = new DryRun(call.devices().registry(), options);
            dryRun.reserve();
        } catch (ControlException e) {
            throw IoctlFailure.of("create", options.name(), options.uuid() + wanted, e);
        }
        if (entry.lines() != null && !entry.lines().isEmpty()) {
            try {
                dryRun.load(entry.lines(), load);
            } catch (ControlException e) {
                throw IoctlFailure.of("reload", options.name(), "(" + Registry.MAJOR + ":" + dryRun.minor() + ")", e);
            }
        }
        JsonObject facts = dryRun.facts()
                .put(
                        "memory",
                        new JsonObject()
                                .put("start_mib", plan.startMiB())
                                .put("full_mib", plan.fullMiB())
                                .put("available_mib", MemoryPlan.availableMiB()));
        if (facts.object("front_end").string("kind", "").equals("ublk") && facts.has("lines")) {
            call.nodes().checkFree(options.name());
        }
        if (call.has(Option.JSON)) {
            call.out().print(JsonCodec.textForPeople(facts));
        } else {
            print(facts);
        }
    }

    private void print(JsonObject facts) {
        say("name", DeviceName.unmangle(options.name()) + ", free; minor " + facts.number("minor", 0));
        if (!options.uuid().isEmpty()) {
            say("uuid", DeviceName.unmangle(options.uuid()) + ", free");
        }
        if (!facts.has("lines")) {
            say("table", "none");
        } else {
            entry.lines()
                    .forEach(line -> say(
                            "table", line.length() + " sectors from " + line.start() + " on, target " + line.type()));
        }
        if (facts.has("cache")) {
            printCache(facts.object("cache"));
            printBacking(facts.object("backing"));
        }
        JsonObject frontEnd = facts.object("front_end");
        String remark = frontEnd.string("remark", "");
        say("front end", frontEnd.string("kind", "") + (remark.isEmpty() ? "" : ": " + remark));
        call.out()
                .println(plan.text() + "; " + facts.object("memory").number("available_mib", 0) + " MiB are available");
        facts.strings("notices").forEach(notice -> say("notice", notice));
        say("create", "would succeed, as far as can be told; nothing was changed");
    }

    private void printCache(JsonObject cache) {
        say("cache device", cache.string("device", ""));
        String made = cache.number("segments", 0) + " segments, data_crc " + cache.flag("data_crc");
        if (cache.flag("format")) {
            say("cache", "none on the device: would be formatted, " + made);
            return;
        }
        say("cache", made + ": would be activated");
        if (cache.has("uuid")) {
            say("cache uuid", cache.string("uuid", "") + ", of " + cache.string("backing", ""));
        }
        say("dirty", cache.number("dirty_keys", 0) + " keys, " + cache.number("dirty_bytes", 0) + " bytes");
        say("log", cache.string("log", ""));
    }

    private void printBacking(JsonObject backing) {
        say(
                "backing device",
                backing.string("path", "") + ": " + backing.number("bytes", 0) + " bytes, blocks of "
                        + backing.number("logical_block_bytes", 0) + " bytes, physical ones of "
                        + backing.number("physical_block_bytes", 0));
        say(
                "length",
                backing.number("length_bytes", 0) / DeviceLayout.SECTOR_BYTES + " of "
                        + backing.number("bytes", 0) / DeviceLayout.SECTOR_BYTES + " sectors of the backing device");
    }

    private void say(String what, String fact) {
        call.out().println(what + ": " + fact);
    }
}
