/**
 * How commands end that do not succeed.
 *
 * <ul>
 *   <li>{@link io.pcache.dmctl.failure.CommandFailure}: something was refused. {@link io.pcache.dmctl.Pcachectl} alone
 *       prints the lines and {@code Command failed.}
 *   <li>{@link io.pcache.dmctl.failure.IoctlFailure}: a refusal whose first line is libdevmapper's.
 *   <li>{@link io.pcache.dmctl.failure.CommandEnd}: everything has been printed already, such as a list of fields, or a
 *       mistake in a field's name.
 *   <li>{@link io.pcache.dmctl.failure.Unexpected}: one line for every other failure.
 * </ul>
 */
package io.pcache.dmctl.failure;
