package io.pcache.server.device;

import io.pcache.control.CacheMark;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.TableLine;
import io.pcache.sys.BootId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * What a successor needs to know of a device whose target has died. The device's file {@code recover} keeps that from
 * the moment that clients can use the device. Without the file there is nothing to go on with.
 *
 * <p>Before the node can be used, a record {@linkplain #ofUnborn without a table} tells of the node: should the target
 * die while the node is made, a successor has only to take the node away.
 *
 * @param name stored form
 * @param uuid stored form; empty without one
 * @param ublkId the N of /dev/ublkbN; -1 for a device that is served by NBD
 * @param lines the live table; empty while the node is made
 * @param readOnly the live table is read-only
 * @param suspended requests are held
 * @param deferredRemove the device goes when its last client does
 * @param readAhead in sectors
 * @param eventNr the number of events so far
 * @param cache of the live table
 */
public record RecoveryState(
        String name,
        String uuid,
        int ublkId,
        List<TableLine> lines,
        boolean readOnly,
        boolean suspended,
        boolean deferredRemove,
        long readAhead,
        long eventNr,
        CacheMark cache) {

    public static RecoveryState ofUnborn(String name, String uuid, int ublkId) {
        return new RecoveryState(name, uuid, ublkId, List.of(), false, false, false, 0, 0, CacheMark.UNKNOWN);
    }

    /** The front end that serves the device: {@code "ublk"} or {@code "nbd"}. */
    public String frontEnd() {
        return ublkId >= 0 ? "ublk" : "nbd";
    }

    public boolean unborn() {
        return lines.isEmpty();
    }

    public void save(Path file) throws IOException {
        JsonObject json = new JsonObject()
                .put("name", name)
                .put("uuid", uuid)
                .put("ublkId", ublkId)
                .put("lines", TableLine.toJson(lines))
                .put("boot", BootId.read().text())
                .put("readOnly", readOnly)
                .put("suspended", suspended)
                .put("deferredRemove", deferredRemove)
                .put("readAhead", readAhead)
                .put("eventNr", eventNr)
                .put("cacheDevice", cache.device())
                .put("cacheUuid", cache.uuid());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, JsonCodec.frame(json));
        // A successor finds either the old file or the new one, and either is whole.
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @throws IOException when the file is not there or is not what {@link #save} wrote */
    public static RecoveryState load(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        JsonObject json = JsonCodec.read(bytes, 0, bytes.length);
        try {
            return new RecoveryState(
                    json.string("name", ""),
                    json.string("uuid", ""),
                    (int) json.number("ublkId", -1),
                    TableLine.fromJson(json.objects("lines")),
                    json.flag("readOnly"),
                    json.flag("suspended"),
                    json.flag("deferredRemove"),
                    json.number("readAhead", 0),
                    json.number("eventNr", 0),
                    new CacheMark(json.string("cacheDevice", ""), json.string("cacheUuid", "")));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
