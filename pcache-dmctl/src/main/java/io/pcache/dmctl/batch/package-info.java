/**
 * Many commands in one process: {@link io.pcache.dmctl.batch.BatchCommand} takes them from standard input, one a line,
 * {@link io.pcache.dmctl.batch.ShellWords} splits a line as a shell does, {@link io.pcache.dmctl.batch.BatchProcesses}
 * runs the programs that {@code --exec} names, and does not let them read standard input.
 */
package io.pcache.dmctl.batch;
