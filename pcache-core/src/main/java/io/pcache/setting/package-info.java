/**
 * What an operator can set for a device, in one table.
 *
 * <pre>
 *  Setting        a row: name, values, default, where the value is kept, when a change takes effect
 *  SettingRange   which values there are: words, or whole numbers with a unit
 *  SettingValues  a value for each row
 * </pre>
 *
 * Everything about settings is made from the rows: the table's options, messages, what {@code table} and {@code status}
 * print, completion, the manual's table and the errors. A new setting is a row and its reader: the code that asks
 * {@link io.pcache.setting.SettingValues} for the value at activation, or takes a change while the device is in use.
 */
package io.pcache.setting;
