package io.pcache.dmctl.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.Activity;
import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.metrics.OpenMetrics;
import io.pcache.metrics.TextFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsAndMetricsTest {
    @TempDir
    Path folder;

    private static JsonObject counted(long nanos, long reads) {
        JsonObject latency = new JsonObject()
                .put("count", reads)
                .put("meanNanos", 2e6)
                .put("sumNanos", reads * 2_000_000)
                .put("p50Nanos", 1_000_000)
                .put("p99Nanos", 5_000_000)
                .put(
                        "upToBounds",
                        List.of(1, 40, 90, 100).stream().map(Integer::longValue).toList());
        return new JsonObject()
                .put("nanos", nanos)
                .put(
                        "requests",
                        new JsonObject()
                                .put("reads", reads)
                                .put("readBytes", reads * 1_000_000)
                                .put("writeBytes", 1_000_000)
                                .put("storedBytes", 1_100_000)
                                .put("storedFillBytes", 20_000)
                                .put("readHitSectors", 3)
                                .put("readMissSectors", 1))
                .put(
                        "cache",
                        new JsonObject()
                                .put("writtenBackBytes", 4_000_000)
                                .put("storedLogBytes", 4_000)
                                .put("storedRecordBytes", 1_000)
                                .put("backingErrors", 1)
                                .put("cacheErrors", 2))
                .put("latencies", new JsonObject().put("read", latency));
    }

    private static JsonObject stats() {
        return new JsonObject()
                .put("clean", false)
                .put("extents", 7)
                .put("dirtyBytes", 12_345_678)
                .put("oldestDirtyNanos", 2_500_000_000L)
                .put("longestWaitNanos", 61_500_000_000L)
                .put("gcPercent", 70)
                .put("version", "1.2")
                .put("java", "17")
                .put("problems", List.of("gc-stalled", "of-a-newer-target"))
                .put("latencyBoundsNanos", List.of(1_000L, 50_000L, 1_000_000L, 20_000_000_000L))
                .put("segments", new JsonObject().put("total", 40).put("used", 10))
                .put("total", counted(10_000_000_000L, 100));
    }

    private static DeviceInfo info() {
        return new DeviceInfo(
                "pc",
                "",
                252,
                0,
                false,
                false,
                false,
                true,
                false,
                1,
                2,
                0,
                256,
                8,
                "",
                "",
                "nbd",
                1,
                "",
                "",
                Activity.NONE);
    }

    @Test
    void tableShowsRatesOfTheIntervalAndOtherwiseOfTheTotal() {
        StatsTable table = new StatsTable();
        table.add("total", stats());
        table.add("interval", stats().put("interval", counted(2_000_000_000L, 100)));

        List<String> lines = table.report().lines().toList();
        assertThat(lines.get(0).split(" +"))
                .startsWith("Device", "r/s", "rMB/s")
                .endsWith("crc", "err");
        assertThat(lines.get(1).split(" +"))
                .containsExactly(
                        "total", "10.0", "10.0", "0.0", "0.1", "0.0", "75.0", "25.0", "12.3", "0.4", "0.0", "1.13",
                        "5.000", "-", "0.0", "61500", "0", "3");
        assertThat(lines.get(2).split(" +")).startsWith("interval", "50.0", "50.0");
    }

    @Test
    void columnsKeepTheirPlaceFromReportToReportAndHeadingsComeAgain() {
        StatsTable table = new StatsTable();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            table.add("pc", stats().put("interval", counted(1_000_000_000L, i * i * i)));
            lines.addAll(table.report().lines().toList());
        }

        assertThat(lines.stream().map(String::length).distinct())
                .as("one width")
                .hasSize(1);
        assertThat(lines).filteredOn(line -> line.startsWith("Device")).hasSize(3);
        assertThat(IntStream.range(0, lines.size()).filter(i -> lines.get(i).startsWith("Device")))
                .containsExactly(0, 21, 42);
        table.add("a device with a long name", stats());
        assertThat(table.report().lines().findFirst().orElseThrow())
                .as("wider from now on")
                .startsWith("Device  ");
    }

    @Test
    void reportsOfSeveralDevicesAreApart() {
        StatsTable table = new StatsTable();
        for (int i = 0; i < 2; i++) {
            table.add("one", stats());
            table.add("two", stats());
            assertThat(table.report().startsWith("\n")).isEqualTo(i > 0);
        }
        assertThat(new StatsTable().report()).isEmpty();
    }

    private static String metrics(OpenMetrics.Sample sample, TextFormat format) {
        return OpenMetrics.text(List.of(sample), format);
    }

    @Test
    void latencyIsAHistogramOfSeconds() {
        String text = metrics(new OpenMetrics.Sample("pc", info(), stats()), TextFormat.OPEN_METRICS);

        assertThat(text).contains("# TYPE pcache_request_seconds histogram\n");
        assertThat(text.lines().filter(line -> line.startsWith("pcache_request_seconds")))
                .containsExactly(
                        "pcache_request_seconds_bucket{device=\"pc\",kind=\"read\",le=\"1e-06\"} 1",
                        "pcache_request_seconds_bucket{device=\"pc\",kind=\"read\",le=\"5e-05\"} 40",
                        "pcache_request_seconds_bucket{device=\"pc\",kind=\"read\",le=\"0.001\"} 90",
                        "pcache_request_seconds_bucket{device=\"pc\",kind=\"read\",le=\"20.0\"} 100",
                        "pcache_request_seconds_bucket{device=\"pc\",kind=\"read\",le=\"+Inf\"} 100",
                        "pcache_request_seconds_count{device=\"pc\",kind=\"read\"} 100",
                        "pcache_request_seconds_sum{device=\"pc\",kind=\"read\"} 0.200000000");
    }

    @Test
    void tellsWhatAnAlertAsksFor() {
        String text = metrics(new OpenMetrics.Sample("pc", info(), stats()), TextFormat.CLASSIC);

        assertThat(text)
                .contains(
                        "pcache_up{device=\"pc\"} 1\n",
                        "pcache_dirty_bytes{device=\"pc\"} 12345678\n",
                        "pcache_oldest_dirty_seconds{device=\"pc\"} 2.500000000\n",
                        "pcache_longest_wait_seconds{device=\"pc\"} 61.500000000\n",
                        "pcache_gc_percent{device=\"pc\"} 70\n",
                        "pcache_build_info{device=\"pc\",version=\"1.2\",java=\"17\"} 1\n",
                        "pcache_problem{device=\"pc\",code=\"gc-stalled\"} 1\n",
                        "pcache_problem{device=\"pc\",code=\"cache-failed\"} 0\n",
                        "pcache_problem{device=\"pc\",code=\"of-a-newer-target\"} 1\n");
        assertThat(metrics(OpenMetrics.Sample.down("dead"), TextFormat.CLASSIC)
                        .lines()
                        .filter(line -> !line.startsWith("#")))
                .containsExactly("pcache_up{device=\"dead\"} 0");
        // A target of an earlier version has fewer members.
        JsonObject old = new JsonObject().put("segments", new JsonObject()).put("total", counted(1, 1));
        assertThat(metrics(new OpenMetrics.Sample("old", info(), old), TextFormat.CLASSIC))
                .contains("pcache_reads_total{device=\"old\"} 1\n")
                .doesNotContain("_bucket", "dirty_bytes", "longest_wait");
    }

    @Test
    void metricsAreInBaseUnitsAndEndWithEof() {
        String text = metrics(new OpenMetrics.Sample("a\"b\\c", info(), stats()), TextFormat.OPEN_METRICS);

        assertThat(text)
                .contains(
                        "# TYPE pcache_reads counter\n",
                        "pcache_reads_total{device=\"a\\\"b\\\\c\"} 100\n",
                        "pcache_read_hit_bytes_total{device=\"a\\\"b\\\\c\"} 1536\n",
                        "pcache_size_bytes{device=\"a\\\"b\\\\c\"} 4096\n",
                        "# TYPE pcache_build info\n")
                .endsWith("\n# EOF\n");
        assertThat(text.lines().filter(line -> line.startsWith("# TYPE")).toList())
                .doesNotHaveDuplicates();
    }

    @Test
    void classicTextHasTheTypeOfACounterUnderTheNameOfItsSamples() {
        String text = metrics(new OpenMetrics.Sample("pc", info(), stats()), TextFormat.CLASSIC);

        Set<String> declared = text.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ")[2])
                .collect(Collectors.toSet());
        assertThat(text.lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.split("\\{")[0].replaceFirst("_seconds_(count|sum|bucket)$", "_seconds")))
                .allMatch(declared::contains);
        assertThat(text)
                .contains("# TYPE pcache_reads_total counter\n# HELP pcache_reads_total ")
                .doesNotContain("# EOF");
    }

    @Test
    void memberIsTheProtocolsName() {
        assertThat(OpenMetrics.member("READ_HIT_SECTORS")).isEqualTo("readHitSectors");
    }

    @Test
    void commandsAreFoundAndReadTheirOptions() throws Exception {
        try (CaseMachine machine = new CaseMachine(folder, folder)) {
            for (String word : List.of("stats", "metrics", "map")) {
                assertThat(machine.run(List.of(word)).exit()).as(word).isEqualTo(word.equals("map") ? 1 : 0);
                assertThat(machine.run(List.of(word, "--help")).stdout()).startsWith("Usage:\n\ndmsetup " + word);
                Outcome wrong = machine.run(List.of(word, "--bogus"));
                assertThat(wrong.exit()).isEqualTo(1);
                assertThat(wrong.stderr()).endsWith("Couldn't process command line.\n");
                assertThat(machine.run(List.of(word, "nosuch")).stderr())
                        .containsIgnoringCase("nosuch")
                        .endsWith("Command failed.\n");
            }
            machine.run(List.of("create", "bare", "-n"));
            assertThat(machine.run(List.of("map", "bare")).stderr())
                    .startsWith("bare: has no cache")
                    .endsWith("Command failed.\n");
            machine.run(List.of("remove", "bare"));
            for (String wrong : List.of("0", "1.5", "+1", "1 2.5", "00", "1 0")) {
                Outcome outcome = machine.run(Stream.concat(Stream.of("stats"), Stream.of(wrong.split(" ")))
                        .toList());
                assertThat(outcome.stderr())
                        .as(wrong)
                        .matches("(Interval|Count) must be a positive integer\\.\nCommand failed\\.\n");
                assertThat(outcome.exit()).isEqualTo(1);
            }
            assertThat(machine.run(List.of("stats", "12345678901")).stderr())
                    .startsWith("Interval must be a positive integer of at most 9 digits.\n");
            assertThat(machine.run(List.of("stats", "-1")).stderr())
                    .isEqualTo("Interval and count must be positive integers.\nCouldn't process command line.\n");
            machine.run(List.of("create", "bare", "-n"));
            assertThat(machine.run(List.of("metrics")).stdout())
                    .contains("pcache_suspended{device=\"bare\"} 0")
                    .endsWith("# EOF\n");
            assertThat(machine.run(List.of("stats")).stdout()).as("no counters").isEmpty();
            assertThat(machine.run(List.of("stats", "bare", "1")).stderr())
                    .isEqualTo("bare: has no counters: no pcache table is live\nCommand failed.\n");
            assertThat(machine.run(List.of("stats", "bare", "often")).stderr())
                    .startsWith("often: no such device, and no number");
        }
    }
}
