package io.pcache.control;

import java.util.List;

/**
 * What {@code status} tells of a device.
 *
 * @param lines    a line a target, the state in place of the arguments; empty without a table
 * @param problems what stands still and why, each a line for people; empty when all is well
 */
public record DeviceStatus(List<TableLine> lines, List<String> problems) {
}
