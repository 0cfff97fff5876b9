/**
 * One device, one user. This package closes what Linux's own claims (O_EXCL on a block device, a lock on a file) leave
 * open: to the kernel, a loop device and the file below it are two devices, and each may be opened exclusively beside
 * the other.
 *
 * <pre>
 *  DeviceLayers   what lies below a device: partitions and loop devices, down to a file or a disk
 *  DeviceHolder   who has the device, for the refusal
 *  DeviceClaim    locks what lies below, and notices other loop devices over the same bytes
 *  TransfersLock  tells of transfers that outlive their process
 * </pre>
 */
package io.pcache.claim;
