/**
 * Many clients of a listening socket on one thread. {@link io.pcache.listen.SelectorServer} accepts clients, and bounds
 * how many there are and how long a client may be silent. A protocol makes a
 * {@link io.pcache.listen.SelectorServer.Client} of each connection; the server calls this object when the channel is
 * ready. {@link io.pcache.listen.Place} is a client's access to the server. {@link io.pcache.listen.ListeningSocket}
 * makes the sockets.
 *
 * <p>The control socket, the counters by HTTP and the negotiation of NBD are protocols on top. The package uses no
 * other package of pcache.
 */
package io.pcache.listen;
