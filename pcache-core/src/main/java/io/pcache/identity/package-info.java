/**
 * Which backing device a cache belongs to: the format does not say, so that a cache in front of another one would write
 * its dirty data there.
 *
 * <pre>
 *  DeviceIdentity   what tells a device or a file from others, as far as it was found
 *  IdentityProbe    finds it: sysfs, the links that udev makes, a file's birth time, libblkid
 *  IdentityRecord   keeps it in the cache device's unused first bytes, in two copies
 * </pre>
 *
 * A refusal needs something that tells two devices apart for certain; where nothing does, the cache is used as before.
 */
package io.pcache.identity;
