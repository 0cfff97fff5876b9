/**
 * Counters for monitoring. {@link io.pcache.metrics.OpenMetrics} makes the text, for {@code pcachectl metrics} and for
 * {@link io.pcache.metrics.MetricsServer}, which gives the text to HTTP clients of a target. The names follow
 * Prometheus's conventions; a changed name breaks dashboards.
 */
package io.pcache.metrics;
