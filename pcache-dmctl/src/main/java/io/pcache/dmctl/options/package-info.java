/**
 * The command line of one call, read by the rows of package {@code grammar}, in one of two ways:
 *
 * <ul>
 *   <li>{@link io.pcache.dmctl.options.Options} for dmsetup's verbs. {@link io.pcache.dmctl.options.Getopt} splits the
 *       arguments as glibc's getopt_long does; numbers are checked, and words of a fixed set recognised.
 *   <li>{@link io.pcache.dmctl.options.VerbArguments} for verbs with a command line of their own, by picocli.
 * </ul>
 *
 * <p>A mistake that is found here is an {@link io.pcache.dmctl.options.OptionException}; nothing has been done yet
 * then. What an option means for a verb is the verb's matter.
 */
package io.pcache.dmctl.options;
