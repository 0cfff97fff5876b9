/**
 * Verbs that dmsetup does not have, for watching: {@code stats} shows what a cache does in the manner of iostat,
 * {@code metrics} prints the same counters for monitoring systems, {@code map} draws what the segments hold.
 * {@link io.pcache.dmctl.monitor.MonitorCommands} runs them. The numbers are the members of the control protocol's
 * {@code stats}. No class of this package is loaded by dmsetup's verbs.
 */
package io.pcache.dmctl.monitor;
