package io.pcache.dmctl.tab;

/**
 * A line of the tab that is not empty: a device, or what is wrong with the line.
 *
 * @param name the name as typed; null where the line has no name that a device could have
 * @param mayFail whether attaching succeeds without the device
 * @param entry the device; null where something is wrong
 * @param problem what is wrong, with the file and the line's number; null where nothing is wrong
 */
record TabLine(String name, boolean mayFail, TabEntry entry, String problem) {}
