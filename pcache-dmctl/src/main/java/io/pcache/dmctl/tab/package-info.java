/**
 * Devices that come up with the machine: {@link io.pcache.dmctl.tab.TabFile} reads {@code /etc/pcache/tab} with
 * {@link io.pcache.dmctl.tab.TabWords} and {@link io.pcache.dmctl.tab.TabOptions}, {@link io.pcache.dmctl.tab.TabLine}
 * is a line of the file, {@link io.pcache.dmctl.tab.TabEntry} a line without errors, as the words of a {@code create}.
 * {@link io.pcache.dmctl.tab.TabCommands} runs {@code attach} and {@code detach}. The systemd generator reads the same
 * file, to order the units of devices; a udev helper reads the file, to hide backing devices. A test holds the parsers
 * to one table of lines.
 */
package io.pcache.dmctl.tab;
