/**
 * The devices that a command is about. {@link io.pcache.dmctl.device.Devices} turns operands, {@code -u} and {@code -j
 * -m} into {@link io.pcache.dmctl.device.NamedDevice}s, which ask the targets and fail in libdevmapper's words;
 * {@link io.pcache.dmctl.device.DeviceReference} remembers how the user named one, because the words depend on it.
 * {@link io.pcache.dmctl.device.NameMangling} stands between what people type and what is stored,
 * {@link io.pcache.dmctl.device.DeviceNodes} keeps {@code /dev/mapper} and {@code /dev/pcache}.
 */
package io.pcache.dmctl.device;
