/**
 * The slow device behind the cache, as the engine sees it, and one way of driving it.
 *
 * <p>{@link io.pcache.backing.BackingDevice} is the device. Each thread of the engine opens a
 * {@link io.pcache.backing.BackingQueue} on the device and submits {@link io.pcache.backing.BackingIo}s, which come
 * back through {@code poll}. {@link io.pcache.backing.BackingFile} opens the file or block device for this target alone
 * and finds out its sizes; every implementation starts from it; {@link io.pcache.backing.DiskQueue} has what Linux
 * tells of a disk. {@link io.pcache.backing.FileBacking} drives the device with system calls on a few threads, which
 * works everywhere. {@code io.pcache.ring} in the other module drives the device with io_uring.
 *
 * <p>A write takes its bytes from a buffer, or, where the device can do that, from
 * {@link io.pcache.backing.MemoryPieces} wherever they lie.
 *
 * <p>Shared by implementations: {@link io.pcache.backing.TransferProgress} (what a result means),
 * {@link io.pcache.backing.BackingIoStack} (transfers from one thread to another),
 * {@link io.pcache.backing.BackingIoList} (transfers that wait). None of these allocates: stack and list are linked
 * through the transfers themselves.
 */
package io.pcache.backing;
