package io.pcache.control;

import io.pcache.setting.SettingValues;
import java.util.List;

/**
 * What {@code status} tells of a device.
 *
 * @param lines one line for each target, with the state in place of the arguments; empty without a table
 * @param problems what is wrong; empty when all is well
 * @param settings the device's settings; null without a table
 * @param logLevel how much the target says in its log: a word of {@link LogLevel}, or empty where that is not known
 */
public record DeviceStatus(
        List<TableLine> lines, List<DeviceProblem> problems, SettingValues settings, String logLevel) {
    /** The name of the list of codes in the protocol. */
    public static final String PROBLEM_CODES = "problemCodes";
}
