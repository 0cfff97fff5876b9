package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.control.ControlException;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.log.CarryOver;
import io.pcache.memory.CacheMemory;
import io.pcache.offline.CheckReport;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Acknowledged, unflushed writes of a target that was killed. These writes are not on the cache device yet, but in a
 * file of the run directory. The next create on the device brings them to the device.
 *
 * @param file the file that has them
 * @param keySets the number of key-sets; 0 for none
 * @param fits false if the log of this cache is whole, and ends where the writes do not go on from; no activation takes
 *     them then
 */
record Waiting(Path file, int keySets, boolean fits) {
    static final Waiting NONE = new Waiting(null, 0, true);

    /** The writes that targets of this user, on this machine, have left. Those of other users are not known here. */
    static Waiting of(Invocation invocation, Path device, CacheMemory memory, CheckReport report) throws IOException {
        if (report.log() == null) {
            return NONE;
        }
        try {
            Path folder = invocation.registries().open().directory().carryOver();
            Path file =
                    folder.resolve(SystemCalls.linux().status(device.toString()).identity());
            CarryOver.Left left = CarryOver.waiting(file, memory, report.log().end());
            return new Waiting(file, left.keySets(), left.fits() || !report.isSound());
        } catch (ControlException e) {
            // Without a run directory, no target of this user can have left anything.
            return NONE;
        }
    }

    boolean any() {
        return keySets > 0 && fits;
    }

    /** Whether there are writes that this cache has no use for. */
    boolean isForeign() {
        return keySets > 0 && !fits;
    }

    /** A line about the writes, and about what to do first; null where there are none. */
    String text(String device) {
        if (keySets == 0) {
            return null;
        }
        if (isForeign()) {
            return device + ": the acknowledged, unflushed writes in " + file
                    + " belong to another cache that had this place, or something else has used this one since: "
                    + "they do not go on from the end of its log, and are not counted";
        }
        return device + ": acknowledged, unflushed writes of a killed target wait in " + file + " (" + keySets
                + (keySets == 1 ? " key-set" : " key-sets") + "): create a device on this cache and remove it first";
    }

    void writeTo(JsonGenerator out) throws IOException {
        if (any()) {
            out.writeObjectFieldStart("carry_over");
            out.writeStringField("file", file.toString());
            out.writeNumberField("key_sets", keySets);
            out.writeEndObject();
        }
    }
}
