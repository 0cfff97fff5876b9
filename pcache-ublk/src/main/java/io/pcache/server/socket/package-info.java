/**
 * The control socket. {@link io.pcache.server.socket.ControlServer} bounds what a client may cost: connections, bytes,
 * time. {@link io.pcache.server.socket.ControlConnection} cuts a client's bytes into requests,
 * {@link io.pcache.server.socket.ControlCommands} turns requests into calls of
 * {@link io.pcache.server.device.MappedDevice}, and results into replies. The protocol itself is described in
 * {@link io.pcache.control}, for both ends.
 *
 * <p>Changes run on one thread, in the order in which the requests came. Queries run on another thread, and so answer
 * while a change waits for I/O; maps, which take longer than other queries, run on a third. No control work runs on a
 * queue thread.
 *
 * <p>Uses {@code device}. A request that waits is told by a {@link io.pcache.server.device.Cancellation} that the
 * client has gone.
 */
package io.pcache.server.socket;
