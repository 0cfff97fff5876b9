/**
 * Many clients of a listening socket on one thread. {@link io.pcache.listen.SelectorServer} accepts clients, bounds how
 * many there are and how long a client may be silent, and calls what a protocol has made of each
 * ({@link io.pcache.listen.SelectorServer.Client}) when its channel is ready. {@link io.pcache.listen.Place} is what a
 * client has of the server. {@link io.pcache.listen.ListeningSocket} makes the sockets.
 *
 * <p>The control socket, the counters by HTTP and the negotiation of NBD are protocols on top. Uses nothing of ours.
 */
package io.pcache.listen;
