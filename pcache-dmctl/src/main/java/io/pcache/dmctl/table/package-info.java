/**
 * The table language. {@link io.pcache.dmctl.table.TableSource} finds the text,
 * {@link io.pcache.dmctl.table.TableParser} reads it, {@link io.pcache.dmctl.table.ConciseForm} reads and writes the
 * form that has all of a device on one line. What a line means is the driver's matter.
 */
package io.pcache.dmctl.table;
