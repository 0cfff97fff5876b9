/**
 * A device, as device-mapper means it. {@link io.pcache.server.device.MappedDevice} is the state machine: a live and an
 * inactive table, the suspended flag, events, removal.
 *
 * <ul>
 *   <li>The gate: {@link io.pcache.server.device.MappedBlockDevice} is what front ends serve. A
 *       {@link io.pcache.server.device.GatedQueue} for each queue thread holds requests while the device is suspended,
 *       and goes over to another table without a lock on a request's way.
 *   <li>The front end: {@link io.pcache.server.device.FrontEnds} chooses ublk or NBD,
 *       {@link io.pcache.server.device.DeviceFrontEnd} starts and stops the front end,
 *       {@link io.pcache.server.device.DeviceLinks} keeps the links to a block device node.
 *   <li>The registration: {@link io.pcache.server.device.DeviceRegistration} is what a device asks of the registry that
 *       lists the device, {@link io.pcache.server.device.NameAndUuid} are the names that the registry knows,
 *       {@link io.pcache.server.device.RecoveryState} is what a successor of this process needs, and
 *       {@link io.pcache.server.device.KeptState} keeps that up to date.
 *   <li>Waiting: {@link io.pcache.server.device.Patience} says how long a change waits for what may never come about,
 *       {@link io.pcache.server.device.Cancellation} ends a wait early, {@link io.pcache.server.device.Remains} has the
 *       tables that cannot be closed yet.
 * </ul>
 *
 * <p>Uses {@code table} and the front ends ({@code io.pcache.frontend}, {@code nbd}, {@code ublk}). Knows nothing of
 * sockets; what the process provides comes by interfaces of this package and of {@code table}.
 */
package io.pcache.server.device;
