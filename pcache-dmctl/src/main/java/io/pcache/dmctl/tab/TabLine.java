package io.pcache.dmctl.tab;

/**
 * A line of the tab that is not empty: a device, or what is wrong with the line.
 *
 * @param name as typed; null where the line has none that can be a device's
 * @param mayFail whether the others are fine without the device
 * @param entry null where something is wrong
 * @param problem names file and line; null where nothing is wrong
 */
record TabLine(String name, boolean mayFail, TabEntry entry, String problem) {}
