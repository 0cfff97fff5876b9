/**
 * What people see of work that takes long, on a terminal only.
 *
 * <pre>
 *  ProgressLine     a bar, drawn anew and wiped
 *  StartProgress    asks a target that starts a device how far it has come, and draws that
 * </pre>
 */
package io.pcache.dmctl.progress;
