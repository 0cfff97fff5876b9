/**
 * pcachectl, which works like dmsetup. Each package uses only packages that stand below it here.
 *
 * <pre>
 *   archive               for the build: runs the commands that shall start quickly
 *   Main, Pcachectl       the process; one command: options, then a verb, then what there is to say about a failure
 *   verb                  the verbs that dmsetup has, and restart
 *   monitor               stats, metrics, map
 *   offline               check, dump, restore, writeback, repair, wipe: caches that are not active
 *   tab                   attach, detach: devices of /etc/pcache/tab
 *   batch                 many commands from standard input
 *   publish               for the build: the manual, and what shells complete
 *   tree, table, report   what is read, and how it is printed
 *   device                which devices a command means; asks targets through io.pcache.control of pcache-ublk
 *   options               the command line of one call, as getopt_long and dmsetup read it
 *   progress, json        how far long work has come, on a terminal; how a device is printed as JSON
 *   grammar               which verbs and options there are
 *   invocation, failure   arguments, environment and streams; how a command ends that does not succeed
 * </pre>
 *
 * <p>A command returns an exit status and prints to the streams of its {@link io.pcache.dmctl.invocation.Invocation},
 * so tests run commands in-process. Only {@link io.pcache.dmctl.Main} ends the process. The way of a plain
 * {@code status NAME} is kept short: few classes, no annotations, nothing native.
 */
package io.pcache.dmctl;
