/**
 * The command line. {@link io.pcache.dmctl.options.Getopt} splits it as glibc's getopt_long does,
 * {@link io.pcache.dmctl.options.Option} is the table of options, {@link io.pcache.dmctl.options.Options} the result:
 * what was given, with numbers checked and words of a fixed set recognised.
 *
 * <p>Any mistake found here is an {@link io.pcache.dmctl.options.OptionException}, and nothing has been done yet. What
 * an option means for a verb is the verb's matter (package {@code verb}); one that means nothing to it is accepted and
 * ignored, as dmsetup does.
 */
package io.pcache.dmctl.options;
