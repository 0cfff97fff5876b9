/**
 * One device, one user: what Linux's own claims (O_EXCL on a block device, a lock on a file) leave open. A loop device
 * and the file below it are two devices to the kernel, and either may be opened exclusively beside the other.
 *
 * <pre>
 *  DeviceLayers   what lies below a device: partitions and loop devices, down to a file or a disk
 *  DeviceHolder   who has it, for the refusal
 *  DeviceClaim    locks what lies below, and notices other loop devices over the same bytes
 * </pre>
 */
package io.pcache.claim;
