package io.pcache.dmctl.monitor;

import io.pcache.control.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rates and latencies of devices, in columns. The first report is of the time since activation, each later report of
 * the interval since the report before. Columns keep their width from report to report, so that the eye can follow a
 * number down. A number that does not fit widens its column for good. The headings come again every
 * {@value #LINES_TO_HEADINGS} lines.
 *
 * <pre>
 * r/s w/s f/s      reads, writes and flushes a second
 * rMB/s wMB/s      what they moved, in 10^6 bytes
 * hit%             of what was read, the share that was in the cache; a dash where nothing was read
 * used%            segments in use
 * dirtyMB          data that waits to be written back
 * wbMB/s           written back
 * gc/s             segments freed
 * wear             bytes written to the cache device for each byte that clients wrote; a dash where they wrote nothing
 * r99ms w99ms      99 % of reads and writes took no longer
 * wait/s           requests that had to wait for space or a commit
 * waitms           how long a write has waited for space, of those that wait now
 * crc err          checksum errors; errors of the cache and backing devices
 * </pre>
 */
final class StatsTable {
    static final int LINES_TO_HEADINGS = 20;

    private static final String[] HEADINGS = {
        "Device", "r/s", "rMB/s", "w/s", "wMB/s", "f/s", "hit%", "used%", "dirtyMB", "wbMB/s", "gc/s", "wear", "r99ms",
        "w99ms", "wait/s", "waitms", "crc", "err"
    };
    private static final int[] WIDTHS = {8, 6, 6, 6, 6, 6, 5, 5, 7, 6, 5, 5, 6, 6, 6, 6, 4, 4};
    /** From this value on, the fraction is left out. */
    private static final double LARGE = 9999.95;
    /** From this number of milliseconds on, one digit of the fraction is enough. */
    private static final double LONG_MS = 9.9995;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MS = 1e6;
    private static final double BYTES_PER_MB = 1e6;

    private final List<String[]> rows = new ArrayList<>();
    private final int[] widths = WIDTHS.clone();
    private int linesToHeadings;
    private boolean first = true;

    void add(String name, JsonObject stats) {
        JsonObject counted = stats.object("interval") != null ? stats.object("interval") : stats.object("total");
        JsonObject requests = counted.object("requests");
        JsonObject cache = counted.object("cache");
        JsonObject latencies = counted.object("latencies");
        JsonObject segments = stats.object("segments");
        double seconds = Math.max(1, counted.number("nanos", 0)) / NANOS_PER_SECOND;
        rows.add(new String[] {
            name,
            decimal(requests.number("reads", 0) / seconds),
            decimal(requests.number("readBytes", 0) / BYTES_PER_MB / seconds),
            decimal(requests.number("writes", 0) / seconds),
            decimal(requests.number("writeBytes", 0) / BYTES_PER_MB / seconds),
            decimal(requests.number("flushes", 0) / seconds),
            share(requests.number("readHitSectors", 0), requests.number("readMissSectors", 0)),
            decimal(100.0 * segments.number("used", 0) / Math.max(1, segments.number("total", 0))),
            stats.has("dirtyBytes") ? decimal(stats.number("dirtyBytes", 0) / BYTES_PER_MB) : "-",
            decimal(cache.number("writtenBackBytes", 0) / BYTES_PER_MB / seconds),
            decimal(cache.number("freedSegments", 0) / seconds),
            wear(requests, cache),
            latency(latencies, "read"),
            latency(latencies, "write"),
            decimal(requests.number("deferredRequests", 0) / seconds),
            stats.has("longestWaitNanos") ? decimal(stats.number("longestWaitNanos", 0) / NANOS_PER_MS) : "-",
            Long.toString(cache.number("checksumErrors", 0)),
            Long.toString(cache.number("backingErrors", 0) + cache.number("cacheErrors", 0))
        });
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, value < LARGE ? "%.1f" : "%.0f", value);
    }

    private static String share(long hits, long misses) {
        return hits + misses == 0 ? "-" : decimal(100.0 * hits / (hits + misses));
    }

    private static String wear(JsonObject requests, JsonObject cache) {
        long written = requests.number("writeBytes", 0) + requests.number("zeroedBytes", 0);
        long stored = requests.number("storedBytes", 0)
                + requests.number("storedFillBytes", 0)
                + cache.number("storedLogBytes", 0)
                + cache.number("storedRecordBytes", 0);
        // A target of an earlier version does not count what is stored.
        return written == 0 || stored == 0 ? "-" : String.format(Locale.ROOT, "%.2f", stored / (double) written);
    }

    private static String latency(JsonObject latencies, String kind) {
        JsonObject latency = latencies.object(kind);
        if (latency == null || latency.number("count", 0) == 0) {
            return "-";
        }
        double ms = latency.number("p99Nanos", 0) / NANOS_PER_MS;
        return String.format(Locale.ROOT, ms < LONG_MS ? "%.3f" : "%.1f", ms);
    }

    /**
     * The report of the devices that were added since the last report: names at the left, numbers at the right. A blank
     * line stands between reports of several devices.
     */
    String report() {
        StringBuilder text = new StringBuilder();
        if (!first && rows.size() > 1) {
            text.append('\n');
        }
        first &= rows.isEmpty();
        boolean widened = false;
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widened |= row[i].length() > widths[i];
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        if (widened) {
            linesToHeadings = 0;
        }
        for (String[] row : rows) {
            if (linesToHeadings == 0) {
                line(text, HEADINGS);
                linesToHeadings = LINES_TO_HEADINGS;
            }
            line(text, row);
            linesToHeadings--;
        }
        rows.clear();
        return text.toString();
    }

    private void line(StringBuilder text, String[] row) {
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row[i].length());
            text.append(i == 0 ? row[i] + padding : " " + padding + row[i]);
        }
        text.append('\n');
    }
}
