/**
 * What people see of work that takes long, on a terminal only.
 *
 * <pre>
 *  ProgressLine     a bar that is drawn anew and wiped
 *  StartProgress    asks a target how far the start of a device has come, and draws the answer
 * </pre>
 */
package io.pcache.dmctl.progress;
