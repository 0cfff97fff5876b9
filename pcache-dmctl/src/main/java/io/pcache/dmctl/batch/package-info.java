/**
 * Many commands in one process: {@link io.pcache.dmctl.batch.BatchCommand} takes them from standard input, one a line,
 * {@link io.pcache.dmctl.batch.ShellWords} splits a line as a shell does, {@link io.pcache.dmctl.batch.BatchProcesses}
 * runs what {@code --exec} names without giving away standard input.
 */
package io.pcache.dmctl.batch;
