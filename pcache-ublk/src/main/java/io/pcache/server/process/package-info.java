/**
 * The process around a device: {@link io.pcache.server.process.TargetProcess} claims the device's run-time folder, puts
 * the device together out of the packages below, opens the control socket, and sees to an orderly end by removal, by a
 * signal, or by a hand-over to a successor.
 *
 * <ul>
 *   <li>{@link io.pcache.server.process.TargetArguments} are the words that the process was started with,
 *       {@link io.pcache.server.process.Signals} handles the signals that end a process.
 *   <li>{@link io.pcache.server.process.ThisProcess} answers what devices and tables ask of their process: limits, and
 *       the level of the log.
 *   <li>{@link io.pcache.server.process.TargetLog} writes from a thread of its own, and drops lines rather than wait.
 *   <li>{@link io.pcache.server.process.DryRun} does as much of the same as can be done without a change, in the
 *       process of {@code pcachectl create --dry-run}.
 * </ul>
 *
 * <p>Uses {@code socket}, {@code device} and {@code table}; none of them uses this package.
 */
package io.pcache.server.process;
