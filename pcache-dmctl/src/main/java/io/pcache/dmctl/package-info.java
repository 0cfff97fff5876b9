/**
 * pcachectl, which works like dmsetup.
 *
 * <pre>
 *   Main            streams, environment, exit
 *    └ Pcachectl    one command: options, then a verb, then what there is to say about a failure
 *       ├ options   the command line, as getopt_long and dmsetup read it
 *       ├ verb      what each verb does; asks the targets through
 *       │   ├ device    which devices are meant
 *       │   └ io.pcache.control   the protocol (module pcache-ublk)
 *       ├ offline   check, dump, restore, writeback, repair: verbs that dmsetup has not, with options of their own
 *       ├ batch     many commands from standard input, each run as one by itself
 *       ├ progress   how far long work has come, on a terminal
 *       └ table, report, tree, json   what is read, and how it is printed
 * </pre>
 *
 * <p>A command returns an exit status and prints to the streams of its {@link io.pcache.dmctl.Invocation}, so tests run
 * it in-process; only {@link io.pcache.dmctl.Main} ends the process. The way of a plain {@code status NAME} is kept
 * short: few classes, no annotations, nothing native.
 */
package io.pcache.dmctl;
