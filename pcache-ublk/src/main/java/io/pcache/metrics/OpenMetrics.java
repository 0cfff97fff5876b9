package io.pcache.metrics;

import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonObject;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.Counter;
import io.pcache.stats.Latency;
import io.pcache.stats.RequestCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * Counters as OpenMetrics text, https://prometheus.io/docs/specs/om/open_metrics_spec/: base units (bytes, seconds), counters that end with {@code _total}, a
 * label for the device. All samples of a metric stand together.
 */
public final class OpenMetrics {
    private static final String PREFIX = "pcache_";
    private static final int SECTOR_BYTES = 512;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final String[][] QUANTILES = {{"0.5", "p50Nanos"}, {"0.9", "p90Nanos"}, {"0.99", "p99Nanos"}, {"0.999", "p999Nanos"}};

    /** A device at one moment; {@code stats} is without totals for a table that has no counters. */
    public record Sample(String name, DeviceInfo info, JsonObject stats) {
        boolean hasCounters() {
            return stats.object("total") != null;
        }
    }

    private final StringBuilder text = new StringBuilder();
    private final List<Sample> all;
    private final boolean classic;
    private final List<Sample> caches = new ArrayList<>();

    private OpenMetrics(List<Sample> samples, boolean classic) {
        this.all = samples;
        this.classic = classic;
        for (Sample sample : samples) {
            if (sample.hasCounters()) {
                caches.add(sample);
            }
        }
    }

    /** The text of all samples, with its end mark. */
    public static String text(List<Sample> samples) {
        return text(samples, false) + "# EOF\n";
    }

    /**
     * The text of all samples in the format that OpenMetrics came from, https://prometheus.io/docs/instrumenting/exposition_formats/: what is said of a counter is said
     * under the name that its samples have. Readers of that format, node_exporter's textfile collector among them, find counters without a type in the newer one.
     */
    public static String classicText(List<Sample> samples) {
        return text(samples, true);
    }

    private static String text(List<Sample> samples, boolean classic) {
        OpenMetrics metrics = new OpenMetrics(samples, classic);
        metrics.gauge(metrics.all, "suspended", "1 while requests are held", sample -> sample.info.suspended() ? 1 : 0);
        metrics.gauge(metrics.all, "open_clients", "clients that have the device open", sample -> sample.info.openCount());
        metrics.gauge(metrics.all, "size_bytes", "size of the device", sample -> sample.info.sectors() * SECTOR_BYTES);
        metrics.gauge(metrics.caches, "segments", "segments of the cache, 16 MiB each", sample -> sample.stats.object("segments").number("total", 0));
        metrics.gauge(metrics.caches, "segments_used", "segments in use", sample -> sample.stats.object("segments").number("used", 0));
        metrics.gauge(metrics.caches, "extents", "cached ranges in the index", sample -> sample.stats.number("extents", 0));
        metrics.gauge(metrics.caches, "clean", "1 when nothing committed waits to be written back", sample -> sample.stats.flag("clean") ? 1 : 0);
        metrics.gauge(metrics.caches, "writeback_failing", "1 while write-back stands still", sample -> sample.stats.has("writeBackProblem") ? 1 : 0);
        for (RequestCounter counter : RequestCounter.values()) {
            metrics.counter("requests", counter);
        }
        for (CacheCounter counter : CacheCounter.values()) {
            metrics.counter("cache", counter);
        }
        metrics.latencies();
        return metrics.text.toString();
    }

    private void head(String name, String type, String help) {
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }

    private void gauge(List<Sample> samples, String name, String help, ToLongFunction<Sample> value) {
        if (samples.isEmpty()) {
            return;
        }
        head(PREFIX + name, "gauge", help);
        for (Sample sample : samples) {
            text.append(PREFIX).append(name).append(device(sample)).append("} ").append(value.applyAsLong(sample)).append('\n');
        }
    }

    private void counter(String group, Counter counter) {
        if (caches.isEmpty()) {
            return;
        }
        boolean sectors = counter.unit().equals("sectors");
        String snake = counter.name().toLowerCase(Locale.ROOT);
        String name = PREFIX + (sectors ? snake.replace("_sectors", "_bytes") : snake);
        head(classic ? name + "_total" : name, "counter", sectors ? counter.text().replaceFirst("^sectors", "bytes") : counter.text());
        for (Sample sample : caches) {
            long value = sample.stats.object("total").object(group).number(member(counter.name()), 0);
            text.append(name).append("_total").append(device(sample)).append("} ").append(sectors ? value * SECTOR_BYTES : value).append('\n');
        }
    }

    private void latencies() {
        if (caches.isEmpty()) {
            return;
        }
        String name = PREFIX + "request_seconds";
        head(name, "summary", "time from submission to completion, by kind of request, since activation");
        for (Sample sample : caches) {
            for (Latency latency : Latency.values()) {
                JsonObject counted = sample.stats.object("total").object("latencies").object(member(latency.name()));
                if (counted != null) {
                    latency(name, device(sample) + ",kind=\"" + member(latency.name()) + '"', counted);
                }
            }
        }
    }

    private void latency(String name, String labels, JsonObject counted) {
        for (String[] quantile : QUANTILES) {
            text.append(name).append(labels).append(",quantile=\"").append(quantile[0]).append("\"} ")
                .append(counted.number(quantile[1], 0) / NANOS_PER_SECOND).append('\n');
        }
        long count = counted.number("count", 0);
        text.append(name).append("_count").append(labels).append("} ").append(count).append('\n');
        text.append(name).append("_sum").append(labels).append("} ").append(count * counted.decimal("meanNanos", 0) / NANOS_PER_SECOND).append('\n');
    }

    /** The labels up to the closing brace. */
    private static String device(Sample sample) {
        return "{device=\"" + sample.name.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** READ_HIT_SECTORS as the protocol has it: readHitSectors. */
    public static String member(String constant) {
        StringBuilder member = new StringBuilder();
        for (String word : constant.toLowerCase(Locale.ROOT).split("_")) {
            member.append(member.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return member.toString();
    }
}
