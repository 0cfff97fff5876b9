/**
 * Which backing device a cache belongs to. The format does not say this. So a cache in front of another backing device
 * would write its dirty data there.
 *
 * <pre>
 *  DeviceIdentity   what tells a device or a file from others, as far as it was found
 *  IdentityProbe    finds the identity: sysfs, the links that udev makes, a file's birth time, libblkid
 *  IdentityRecord   keeps the identity in the cache device's unused first bytes, in two copies
 * </pre>
 *
 * A refusal needs evidence that tells two devices apart for certain. If there is none, the cache is used as before.
 */
package io.pcache.identity;
