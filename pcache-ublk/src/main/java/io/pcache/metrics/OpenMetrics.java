package io.pcache.metrics;

import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonObject;
import io.pcache.health.Condition;
import io.pcache.media.DeviceLayout;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.Counter;
import io.pcache.stats.Latency;
import io.pcache.stats.RequestCounter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Metrics as text: base units (bytes, seconds), counters that end with {@code _total}, latencies as histograms, a label
 * for the device. All samples of a metric stand together.
 *
 * <p>pcache has code of its own for this. The Prometheus client library
 * ({@code prometheus-metrics-exposition-textformats} 1.10.0) prints whole numbers as {@code 1.073741824E9}, which shell
 * scripts cannot compute with. The library would also bring three libraries into every target, in place of the few
 * lines of {@link #sample}.
 */
public final class OpenMetrics {
    private static final String PREFIX = "pcache_";
    private static final int NANO_DIGITS = 9;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /**
     * A device at one moment.
     *
     * @param info null where the target does not answer
     * @param stats has no totals for a table that has no counters; null where the target does not answer
     */
    public record Sample(String name, DeviceInfo info, JsonObject stats) {
        /** The sample of a device with a target that does not answer. */
        public static Sample down(String name) {
            return new Sample(name, null, null);
        }

        public boolean isUp() {
            return info != null;
        }

        boolean hasCounters() {
            return isUp() && stats.object("total") != null;
        }

        boolean has(String member) {
            return hasCounters() && stats.has(member);
        }
    }

    private final StringBuilder text = new StringBuilder(1 << 14);
    private final List<Sample> all;
    private final TextFormat format;

    private OpenMetrics(List<Sample> samples, TextFormat format) {
        this.all = samples;
        this.format = format;
    }

    /** The text of all samples, with an end mark where the format has one. */
    public static String text(List<Sample> samples, TextFormat format) {
        OpenMetrics metrics = new OpenMetrics(samples, format);
        metrics.devices();
        metrics.caches();
        for (RequestCounter counter : RequestCounter.values()) {
            metrics.counter("requests", counter);
        }
        for (CacheCounter counter : CacheCounter.values()) {
            metrics.counter("cache", counter);
        }
        metrics.latencies();
        return metrics.text + (format == TextFormat.OPEN_METRICS ? "# EOF\n" : "");
    }

    private void devices() {
        gauge(
                "up",
                "1 where the target answers, 0 where it does not: it is dead, stopped, or hangs",
                sample -> true,
                sample -> sample.isUp() ? 1 : 0);
        gauge("suspended", "1 while requests are held", Sample::isUp, sample -> sample.info.suspended() ? 1 : 0);
        gauge("open_clients", "clients that have the device open", Sample::isUp, sample -> sample.info.openCount());
        gauge(
                "size_bytes",
                "size of the device",
                Sample::isUp,
                sample -> sample.info.sectors() * DeviceLayout.SECTOR_BYTES);
        gauge("events", "number of the last event", Sample::isUp, sample -> sample.info.eventNr());
    }

    private void caches() {
        buildInfo();
        gauge(
                "segments",
                "segments of the cache, 16 MiB each",
                Sample::hasCounters,
                sample -> sample.stats.object("segments").number("total", 0));
        gauge(
                "segments_used",
                "segments in use",
                Sample::hasCounters,
                sample -> sample.stats.object("segments").number("used", 0));
        gauge(
                "gc_percent",
                "percent of the segments in use from which on garbage is collected",
                sample -> sample.has("gcPercent"),
                sample -> sample.stats.number("gcPercent", 0));
        gauge(
                "extents",
                "cached ranges in the index",
                Sample::hasCounters,
                sample -> sample.stats.number("extents", 0));
        gauge(
                "clean",
                "1 when nothing committed waits to be written back",
                Sample::hasCounters,
                sample -> sample.stats.flag("clean") ? 1 : 0);
        gauge(
                "dirty_bytes",
                "data in the cache that is not on the backing device",
                sample -> sample.has("dirtyBytes"),
                sample -> sample.stats.number("dirtyBytes", 0));
        gauge(
                "oldest_dirty_seconds",
                "for how long the oldest data that is not written back has been in the cache, since activation "
                        + "at most; 0 if there is none",
                sample -> sample.has("oldestDirtyNanos"),
                sample -> seconds(sample.stats.number("oldestDirtyNanos", 0)));
        gauge(
                "longest_wait_seconds",
                "how long the write has waited that has waited for room in the cache for longest; 0 if none waits",
                sample -> sample.has("longestWaitNanos"),
                sample -> seconds(sample.stats.number("longestWaitNanos", 0)));
        gauge(
                "writeback_failing",
                "1 while write-back stands still",
                Sample::hasCounters,
                sample -> sample.stats.has("writeBackProblem") ? 1 : 0);
        problems();
    }

    private void buildInfo() {
        if (begin("build_info", "info", "gauge", "the target's version, and Java's", sample -> sample.has("version"))) {
            for (Sample sample : all) {
                if (sample.has("version")) {
                    sample(
                            "build_info",
                            sample,
                            label("version", sample.stats.string("version", ""))
                                    + label("java", sample.stats.string("java", "")),
                            1);
                }
            }
        }
    }

    /** Every possible problem, as 0 or 1: an alert that is over needs a sample that says so. */
    private void problems() {
        if (!begin(
                "problem",
                "gauge",
                "gauge",
                "1 while something is wrong, by the codes of status",
                sample -> sample.has("problems"))) {
            return;
        }
        for (Sample sample : all) {
            if (sample.has("problems")) {
                List<String> standing = sample.stats.strings("problems");
                TreeSet<String> codes = new TreeSet<>(standing);
                for (Condition condition : Condition.values()) {
                    codes.add(condition.code());
                }
                codes.forEach(code -> sample("problem", sample, label("code", code), standing.contains(code) ? 1 : 0));
            }
        }
    }

    private void gauge(String name, String help, Predicate<Sample> applies, Function<Sample, Object> value) {
        if (begin(name, "gauge", "gauge", help, applies)) {
            for (Sample sample : all) {
                if (applies.test(sample)) {
                    sample(name, sample, "", value.apply(sample));
                }
            }
        }
    }

    private void counter(String group, Counter counter) {
        boolean sectors = counter.unit().equals("sectors");
        String snake = counter.name().toLowerCase(Locale.ROOT);
        String name = (sectors ? snake.replace("_sectors", "_bytes") : snake) + "_total";
        if (!begin(
                name,
                "counter",
                "counter",
                sectors ? counter.text().replaceFirst("^sectors", "bytes") : counter.text(),
                Sample::hasCounters)) {
            return;
        }
        for (Sample sample : all) {
            if (sample.hasCounters()) {
                long value = sample.stats.object("total").object(group).number(member(counter.name()), 0);
                sample(name, sample, "", sectors ? value * DeviceLayout.SECTOR_BYTES : value);
            }
        }
    }

    private void latencies() {
        String name = "request_seconds";
        if (!begin(
                name,
                "histogram",
                "histogram",
                "time from submission to completion, in seconds, by kind of request",
                sample -> sample.has("latencyBoundsNanos"))) {
            return;
        }
        for (Sample sample : all) {
            for (Latency latency : Latency.values()) {
                JsonObject counted = sample.has("latencyBoundsNanos")
                        ? sample.stats.object("total").object("latencies").object(member(latency.name()))
                        : null;
                if (counted != null) {
                    histogram(name, sample, label("kind", member(latency.name())), counted);
                }
            }
        }
    }

    private void histogram(String name, Sample sample, String kind, JsonObject counted) {
        long[] bounds = sample.stats.numbers("latencyBoundsNanos");
        long[] counts = counted.numbers("upToBounds");
        for (int i = 0; i < Math.min(bounds.length, counts.length); i++) {
            sample(name + "_bucket", sample, kind + label("le", bound(bounds[i])), counts[i]);
        }
        long count = counted.number("count", 0);
        sample(name + "_bucket", sample, kind + label("le", "+Inf"), count);
        sample(name + "_count", sample, kind, count);
        sample(name + "_sum", sample, kind, seconds(counted.number("sumNanos", 0)));
    }

    /**
     * A bound in the form in which Prometheus writes numbers (1e-06, 0.001, 1.0), so that both formats make the same
     * series.
     */
    private static String bound(long nanos) {
        if (nanos < NANOS_PER_SECOND / 10_000) {
            BigDecimal value = seconds(nanos).stripTrailingZeros();
            int exponent = value.precision() - value.scale() - 1;
            return value.scaleByPowerOfTen(-exponent).stripTrailingZeros().toPlainString()
                    + String.format(Locale.ROOT, "e-%02d", -exponent);
        }
        return nanos % NANOS_PER_SECOND == 0
                ? nanos / NANOS_PER_SECOND + ".0"
                : seconds(nanos).stripTrailingZeros().toPlainString();
    }

    private static BigDecimal seconds(long nanos) {
        return BigDecimal.valueOf(nanos, NANO_DIGITS);
    }

    /**
     * Writes the lines in front of a metric's samples; false, and no lines, if there are no samples. In OpenMetrics,
     * the name in these lines lacks the ending that belongs to the type.
     */
    private boolean begin(String name, String type, String classicType, String help, Predicate<Sample> applies) {
        if (all.stream().noneMatch(applies)) {
            return false;
        }
        boolean classic = format == TextFormat.CLASSIC;
        String named = PREFIX + (classic ? name : name.replaceFirst("_(total|info)$", ""));
        text.append("# TYPE ")
                .append(named)
                .append(' ')
                .append(classic ? classicType : type)
                .append('\n');
        text.append("# HELP ").append(named).append(' ').append(help).append('\n');
        return true;
    }

    private void sample(String name, Sample sample, String moreLabels, Object value) {
        text.append(PREFIX)
                .append(name)
                .append('{')
                .append(label("device", sample.name).substring(1))
                .append(moreLabels)
                .append("} ")
                .append(value instanceof BigDecimal decimal ? decimal.toPlainString() : value)
                .append('\n');
    }

    /** A label with a comma in front. */
    private static String label(String name, String value) {
        return ',' + name + "=\""
                + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** The name of a counter in the protocol: readHitSectors for READ_HIT_SECTORS. */
    public static String member(String constant) {
        StringBuilder member = new StringBuilder();
        for (String word : constant.toLowerCase(Locale.ROOT).split("_")) {
            member.append(member.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return member.toString();
    }
}
