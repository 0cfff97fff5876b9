/**
 * What {@code --json} prints. {@link io.pcache.dmctl.json.DeviceJson} is the schema: which members, of which meaning;
 * it is described in pcachectl(8), and members are added to it, never changed. {@link io.pcache.dmctl.json.JsonPrinter}
 * lays it out.
 */
package io.pcache.dmctl.json;
