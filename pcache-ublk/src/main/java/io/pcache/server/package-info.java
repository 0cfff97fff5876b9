/**
 * The process that serves one device: device-mapper's state machine, the target types, and the socket by which they are
 * controlled.
 *
 * <pre>
 *   control socket                                   clients
 *        |                                              |
 *   ControlServer   (thread "control": all sockets)  FrontEnd            (its own queue threads)
 *        |                                              |
 *   ControlCommands (threads "change", "query")      MappedBlockDevice   GatedQueue, one a queue thread:
 *        |                                              |                holds requests while suspended,
 *   MappedDevice --- live and inactive ------------- Table                changes tables without a lock on a request's way
 *                                                       |
 *                                        PCacheTarget (the cache)  or  SyntheticDevice (error, zero)
 * </pre>
 *
 * <ul>
 *   <li>{@link io.pcache.server.TargetMain} puts it together and is the only one that ends the process.
 *   <li>{@link io.pcache.server.MappedDevice} is what device-mapper calls a mapped device: two table slots, the
 *       suspended flag, events. {@link io.pcache.server.TableConstructor} makes tables out of lines, with the checks of
 *       device-mapper's core.
 *   <li>{@link io.pcache.server.PCacheType} is the constructor of the {@code pcache} target: words to devices to a
 *       running cache. The engine and the devices come from a {@link io.pcache.server.CacheFactory}, which tests
 *       replace.
 *   <li>{@link io.pcache.server.ControlServer} bounds what a client may cost: connections, bytes, time. Changes run on
 *       one thread, in the order in which they came; queries on another, so that they answer while a change waits for
 *       I/O. No control work runs on a queue thread.
 *   <li>{@link io.pcache.server.TargetLog} writes from a thread of its own and drops lines rather than wait.
 * </ul>
 *
 * <p>Arrows point down: nothing below {@code MappedDevice} knows of sockets or JSON but for the members of statistics.
 * A thread that ends unexpectedly ends the process: half a server would hang its clients for good.
 */
package io.pcache.server;
