/**
 * What {@code --json} prints. {@link io.pcache.dmctl.json.DeviceJson} is the schema: which members, of which meaning.
 * The schema is described in pcachectl(8); members are added to it, never changed. {@link io.pcache.control.JsonCodec}
 * lays an object out.
 */
package io.pcache.dmctl.json;
