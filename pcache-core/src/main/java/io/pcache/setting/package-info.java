/**
 * What an operator can set of a device, in one table.
 *
 * <pre>
 *  Setting        a row: name, values, default, where the value is kept, when a change takes effect
 *  SettingRange   which values there are: words, or whole numbers with a unit
 *  SettingValues  a value for each row
 * </pre>
 *
 * The table's options, messages, what {@code table} and {@code status} print, completion, the manual's table and the
 * errors are all made from the rows. A new setting is a row and its reader: the part that asks
 * {@link io.pcache.setting.SettingValues} for it at activation, or takes the change while the device is in use.
 */
package io.pcache.setting;
