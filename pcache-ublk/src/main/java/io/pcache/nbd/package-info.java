/**
 * The NBD front end: serves a {@link io.pcache.request.BlockDevice} to local clients through a Unix-domain socket, in
 * pure Java. The protocol is that of the NBD project's {@code doc/proto.md}: fixed newstyle negotiation, simple and
 * structured replies.
 *
 * <p>A client's way through the classes:
 *
 * <pre>
 *   connect --&gt; NegotiationServer            accepts, one Negotiation per client: options, until GO or EXPORT_NAME
 *                     |
 *                     v  the channel changes hands
 *               QueueThread  (a few)         a Selector and a RequestQueue; serves many connections
 *                     |
 *                     v
 *               Connection                   parses commands, cuts them into pieces, keeps to the client's limits
 *                 |         ^
 *                 v         | completed()
 *               Piece  --&gt; RequestQueue      up to 128 KiB of one NbdCommand, with its memory and its reply
 *                 |
 *                 v
 *               ReplyQueue                   one gathered write for all replies that are ready
 * </pre>
 *
 * {@link io.pcache.nbd.Protocol} has the numbers, {@link io.pcache.nbd.RequestHeader} and
 * {@link io.pcache.nbd.ReplyHeader} the layouts, {@link io.pcache.nbd.Export} what the device allows.
 *
 * <h2>What a client can cost</h2>
 *
 * Clients are not trusted. Half-open connections live on a thread of their own, and are few: the oldest connection
 * makes room for the newest. A connection past the negotiation has {@link io.pcache.nbd.PageBuffer page buffers}; the
 * first buffer is guaranteed. So each connection can go on by itself: no connection waits for memory that another
 * connection holds, and a client that does not take the replies stops only that client. All buffers together are
 * bounded by {@link io.pcache.nbd.NbdSettings#bufferBytes}, and nothing else that a client does makes the process keep
 * memory. Requests of up to 32 MiB need no further memory, because requests are carried out in pieces.
 *
 * <h2>Threads</h2>
 *
 * A connection belongs to one {@code QueueThread} for life, and so do the connection's commands, pieces and buffers.
 * The only lock on the way of a request is the short lock of {@link io.pcache.nbd.PageBufferPool}, and only large
 * requests take that lock. A thread that ends unexpectedly calls the fatal handler: a server with a dead part would
 * leave clients hanging.
 */
package io.pcache.nbd;
