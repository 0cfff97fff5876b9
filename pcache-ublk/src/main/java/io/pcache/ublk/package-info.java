/**
 * ublk: the front end that makes a real block device, {@code /dev/ublkbN}.
 *
 * <p>A request's way: the kernel writes a descriptor ({@link io.pcache.ublk.DescriptorLayout}) and completes the
 * command that the tag has parked in the kernel. The tag's {@link io.pcache.ublk.UblkRequest} goes to the device's
 * request queue on the same thread ({@link io.pcache.ublk.UblkQueue}: one thread, one ring, one system call a round).
 * When the request has completed, a commit parks the tag again. The bytes of a request are fetched and supplied in one
 * of two ways: by reading and writing {@code /dev/ublkcN} straight from and to the cache's mapping
 * ({@link io.pcache.ublk.UserCopyRequest}), or through a buffer of the tag ({@link io.pcache.ublk.BufferRequest}).
 *
 * <p>A device's life: {@link io.pcache.ublk.UblkFrontEnd} adds, starts, stops and deletes the device with commands to
 * {@code /dev/ublk-control} ({@link io.pcache.ublk.UblkControl}). Devices are recoverable: when the process dies,
 * requests wait in the kernel until a successor takes the device over. {@link io.pcache.ublk.NodeRecord} tells the
 * successor of a device that was not ready. Some kernels need help: a {@link io.pcache.ublk.RingKeeper} while the
 * server dies, a {@link io.pcache.ublk.PartitionScan} while it starts.
 *
 * <p>Layouts and numbers ({@link io.pcache.ublk.Ublk}, {@code …Layout}) are those of {@code linux/ublk_cmd.h} of Linux
 * 7.2; the oldest kernel that works is 6.5.
 */
package io.pcache.ublk;
