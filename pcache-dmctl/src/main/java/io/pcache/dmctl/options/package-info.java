/**
 * The command line of one call. {@link io.pcache.dmctl.options.Getopt} splits the arguments as glibc's getopt_long
 * does. {@link io.pcache.dmctl.options.Options} is the result: which options were given, with numbers checked and words
 * of a fixed set recognised. Which options there are is declared in package {@code grammar}.
 *
 * <p>A mistake that is found here is an {@link io.pcache.dmctl.options.OptionException}; nothing has been done yet
 * then. What an option means for a verb is the verb's matter (package {@code verb}).
 */
package io.pcache.dmctl.options;
