/**
 * io_uring from Java, without C code: a small ring, and the backing device on top of the ring.
 *
 * <p>Bottom up:
 *
 * <ul>
 *   <li>Layouts of the kernel's structures: {@link io.pcache.ring.RingParamsLayout}, {@link io.pcache.ring.SqeLayout},
 *       {@link io.pcache.ring.CqeLayout}, {@link io.pcache.ring.ResourceLayout}, {@link io.pcache.ring.WaitLayout};
 *       constants in {@link io.pcache.ring.IoUring}.
 *   <li>{@link io.pcache.ring.Ring}: one ring, made and used by one platform thread.
 *       {@link io.pcache.ring.SubmissionQueue} takes operations, {@link io.pcache.ring.CompletionQueue} hands results
 *       to {@link io.pcache.ring.CompletionHandler}s. One system call a round submits what was queued and waits.
 *   <li>{@link io.pcache.ring.UserData}: several clients share a ring; each client gets back its own completions.
 *   <li>{@link io.pcache.ring.Wakeup}: how another thread ends the wait.
 *   <li>{@link io.pcache.ring.RingTransfers}: backing-device transfers on a ring, used by
 *       {@link io.pcache.ring.RingBackingQueue} (on the caller's ring) and by {@link io.pcache.ring.UringBacking} (on a
 *       thread of the device, for callers without a ring).
 * </ul>
 *
 * <p>Who owns what: a completion's {@code user_data} names the client and the client's slot; a buffer belongs to the
 * kernel from the submission until the completion has been dispatched, and the submitter keeps the buffer reachable
 * until then. Results are the kernel's: counts, or negative errno, which nothing translates.
 *
 * <p>Uses {@code io.pcache.sys} and {@code io.pcache.backing}; knows nothing of ublk.
 */
package io.pcache.ring;
