/**
 * How commands end when they do not succeed. {@link io.pcache.dmctl.failure.CommandFailure}: something was refused; its
 * lines and {@code Command failed.} are printed by {@link io.pcache.dmctl.Pcachectl}, nowhere else.
 * {@link io.pcache.dmctl.failure.IoctlFailure} is the one whose first line is libdevmapper's.
 * {@link io.pcache.dmctl.failure.CommandEnd}: all has been printed already (a list of fields, a mistake in a field
 * name). {@link io.pcache.dmctl.failure.Unexpected} is what is said of all else, in a line.
 */
package io.pcache.dmctl.failure;
