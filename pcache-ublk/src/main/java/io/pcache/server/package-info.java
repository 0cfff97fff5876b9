/**
 * The process that serves one device. This package has only the entry, {@link io.pcache.server.TargetMain}. Its name
 * stands in the command files of running devices, whose supervisors start the next target by that name, also after an
 * upgrade; so the name does not change.
 *
 * <p>Four packages below have a role each. An arrow means "uses", and all arrows point down:
 *
 * <pre>
 *   server           the entry: arguments, the first reply, exit statuses
 *      |
 *   process          start, end, signals, limits, log: puts a device together and ties the device to the process
 *      |      \
 *   socket     |     control socket: clients, requests, the threads "control", "change", "query" and "map"
 *      |      /
 *   device           device-mapper's state machine, the gate before the live table, the front end, what successors need
 *      |
 *   table            lines to targets: the constructors, the cache as a target, the two slots
 * </pre>
 *
 * <p>A command goes down on the left, a client's request on the right:
 *
 * <pre>
 *   control socket                                          clients
 *        |                                                     |
 *   socket.ControlServer    (thread "control")              frontend.FrontEnd         (its own queue threads)
 *        |                                                     |
 *   socket.ControlCommands  ("change", "query", "map")      device.MappedBlockDevice  (a GatedQueue for each of these)
 *        |                                                     |
 *   device.MappedDevice --- live and inactive ------------- table.Table
 *                                                              |
 *                                            table.PCacheTarget (the cache)  or  table.SyntheticDevice (error, zero)
 * </pre>
 *
 * <p>Nothing below {@code socket} knows of sockets, and of JSON only the members of statistics and events. A thread
 * that ends unexpectedly ends the process: half a server would hang the server's clients for good.
 */
package io.pcache.server;
