/**
 * The boundary between a device's target process and the programs that control the device, like the device-mapper
 * ioctls between dmsetup and the kernel. Both sides use this package, which needs nothing native and starts quickly.
 *
 * <pre>
 *   pcachectl                                            target process (io.pcache.server)
 *      |  Registry: which devices are there? create one      |
 *      |  DeviceControl: typed commands                      |
 *      |  ControlClient: one request, one reply              |
 *      +---- NAME/control.sock, a JSON object a line --------+
 * </pre>
 *
 * <h2>Who is who</h2>
 *
 * <ul>
 *   <li>{@link io.pcache.control.Registry} knows the devices of this user: the tree under {@code /run/pcache}. It
 *       reserves names, uuids and minors, starts target processes, and clears away the files of dead ones.
 *   <li>{@link io.pcache.control.RunDirectory} is the layout of that tree, {@link io.pcache.control.LivenessLock} tells
 *       the living from the dead, {@link io.pcache.control.TargetLauncher} starts the target's process.
 *   <li>{@link io.pcache.control.Device} is an entry of the registry, {@link io.pcache.control.DeviceControl} sends
 *       commands to the device and returns {@link io.pcache.control.DeviceInfo}, {@link io.pcache.control.TableLine},
 *       {@link io.pcache.control.Dependency}.
 *   <li>{@link io.pcache.control.ControlException} is the one exception of this package: an errno and lines with
 *       reasons.
 *   <li>{@link io.pcache.control.DeviceName} holds the rules for names and uuids, and their hex mangling;
 *       {@link io.pcache.control.ByteText} carries the bytes of a name or uuid that is not UTF-8.
 *   <li>{@link io.pcache.control.JsonObject} and {@link io.pcache.control.JsonCodec} are the messages and their bytes.
 * </ul>
 *
 * <h2>The protocol, version 1</h2>
 *
 * One JSON object in UTF-8 and a newline each way, at most {@value io.pcache.control.JsonCodec#MAX_FRAME_BYTES} bytes
 * with the newline. A connection may carry any number of requests, one at a time; a client that sends no request soon
 * after connecting is dropped. Requests have {@code "v":1} and {@code "cmd"}; replies {@code "v":1} and {@code "ok"},
 * and where {@code "ok"} is false, {@code "errno"} (positive) and {@code "reasons"} (lines for people, detail first).
 * Both sides ignore unknown members; members may be added within a version. {@link io.pcache.control.ControlCommand}
 * lists the commands with their members; {@code man/pcache-control.md} describes them with examples.
 *
 * <p>Names and uuids on the wire are the stored, mangled form. Sectors are 512 bytes.
 */
package io.pcache.control;
