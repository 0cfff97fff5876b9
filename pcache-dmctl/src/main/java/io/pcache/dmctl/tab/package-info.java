/**
 * Devices that come up with the machine: {@link io.pcache.dmctl.tab.TabFile} reads {@code /etc/pcache/tab}, {@link io.pcache.dmctl.tab.TabEntry} is a line of
 * it as the words of a {@code create}, {@link io.pcache.dmctl.tab.TabCommands} is {@code attach} and {@code detach}. The systemd generator reads the same file, for
 * what has to be there first.
 */
package io.pcache.dmctl.tab;
