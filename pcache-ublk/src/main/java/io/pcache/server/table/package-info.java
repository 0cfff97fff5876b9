/**
 * Tables: from lines of text to targets that run. {@link io.pcache.server.table.TableConstructor} makes a
 * {@link io.pcache.server.table.Table} out of lines, with the checks of device-mapper's core. Each line goes to a
 * {@link io.pcache.server.table.TargetType} and becomes a {@link io.pcache.server.table.Target}.
 *
 * <ul>
 *   <li>{@link io.pcache.server.table.PCacheType} is the constructor of the {@code pcache} target: words to devices
 *       ({@link io.pcache.server.table.LowerDevice}, {@link io.pcache.server.table.CacheOptions}) to a running cache.
 *       The engine and the devices come from a {@link io.pcache.server.table.CacheFactory}, for which tests have
 *       another.
 *   <li>{@link io.pcache.server.table.PCacheTarget} is the running cache, and takes the messages that
 *       {@link io.pcache.server.table.TargetMessage} lists.
 *   <li>{@link io.pcache.server.table.SyntheticType} makes the lines {@code error} and {@code zero},
 *       {@link io.pcache.server.table.SyntheticDevice} is their I/O.
 *   <li>{@link io.pcache.server.table.TableSlots} are the two places of a device that a table can be in.
 *   <li>{@link io.pcache.server.table.CarryOverFolder} and {@link io.pcache.server.table.ComingUser} know of devices
 *       whose process is not there at the moment.
 * </ul>
 *
 * <p>Uses the engine and {@code io.pcache.control}. What tables ask of the process that they run in is
 * {@link io.pcache.server.table.HostProcess}, an interface of this package.
 */
package io.pcache.server.table;
