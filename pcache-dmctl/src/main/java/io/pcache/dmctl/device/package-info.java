/**
 * The devices that a command is about. {@link io.pcache.dmctl.device.Devices} turns operands, {@code -u} and {@code -j
 * -m} into {@link io.pcache.dmctl.device.NamedDevice}s, which ask the targets and fail in libdevmapper's words.
 * {@link io.pcache.dmctl.device.DeviceReference} remembers how the user named a device, because these words depend on
 * the way of naming. {@link io.pcache.dmctl.device.NameMangling} turns what people type into what is stored.
 * {@link io.pcache.dmctl.device.DeviceNodes} keeps {@code /dev/mapper} and {@code /dev/pcache} in order.
 */
package io.pcache.dmctl.device;
