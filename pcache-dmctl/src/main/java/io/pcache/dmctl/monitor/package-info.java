/**
 * What dmsetup has no verb for: {@code stats} shows what a cache does in the manner of iostat, {@code metrics} prints
 * it for monitoring systems. {@link io.pcache.dmctl.monitor.MonitorCommands} knows the commands and reads their
 * options, by picocli; the numbers are the members of the control protocol's {@code stats}. Nothing here is loaded by
 * dmsetup's verbs.
 */
package io.pcache.dmctl.monitor;
