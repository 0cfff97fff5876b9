/**
 * Counters for monitoring: {@link io.pcache.metrics.OpenMetrics} is their text, for {@code pcachectl metrics} and for
 * {@link io.pcache.metrics.MetricsServer}, which gives it to HTTP clients of a target. The names are held to
 * Prometheus's conventions; a change of one breaks dashboards.
 */
package io.pcache.metrics;
