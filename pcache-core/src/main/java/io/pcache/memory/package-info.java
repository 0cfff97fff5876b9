/**
 * The cache device as memory: loads, stores, and the three steps to durability that
 * {@link io.pcache.memory.CacheMemory} describes.
 *
 * <pre>
 *  MappedMemory.open(path)      finds out what the path is, and gives one of
 *    Mapping                      the open device: kind, one mmap of it all
 *    DaxMemory                    persistent memory: libpmem
 *      PageProbe, BadBlocks         bad places, told before a store meets them
 *      KernelCopy                   loads by the kernel where the JVM would tell late of a bad page
 *    PageCacheMemory              disk file or block device: pread, pwrite, fdatasync
 *    VolatileMemory               file in memory: nothing survives
 *    BufferMemory                 buffers of transfers, in the shape of a cache device
 *    NoRoomException              a sparse file that its file system is too full for
 *  ReadOnlyMemory.open(path)    for tools that only read
 *    AddressedLoads               loads by system calls
 *    DeviceFile                   below all of them: descriptor, claim against other users, size
 * </pre>
 *
 * A failure of the device is a {@link io.pcache.memory.CacheMemoryException}. A failure to open the device is a
 * {@link io.pcache.sys.SystemCallException} with its errno. The tests add a simulated device whose power can be cut at
 * any step.
 *
 * <p>Uses {@code media} (checksum, where segments lie) and {@code sys} (system calls, libpmem); knows nothing of
 * caches.
 */
package io.pcache.memory;
