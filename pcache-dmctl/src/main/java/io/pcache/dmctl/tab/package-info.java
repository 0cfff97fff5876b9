/**
 * Devices that come up with the machine: {@link io.pcache.dmctl.tab.TabFile} reads {@code /etc/pcache/tab} with
 * {@link io.pcache.dmctl.tab.TabWords} and {@link io.pcache.dmctl.tab.TabOptions}, {@link io.pcache.dmctl.tab.TabLine}
 * is a line of it, {@link io.pcache.dmctl.tab.TabEntry} one that is right as the words of a {@code create},
 * {@link io.pcache.dmctl.tab.TabCommands} is {@code attach} and {@code detach}. The systemd generator reads the same
 * file, for what has to be there first, and a udev helper for what to hide; a test holds both parsers to the same table
 * of lines.
 */
package io.pcache.dmctl.tab;
