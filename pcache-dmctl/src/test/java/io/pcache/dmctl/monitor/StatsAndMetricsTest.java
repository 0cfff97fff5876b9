package io.pcache.dmctl.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.Activity;
import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.metrics.OpenMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsAndMetricsTest {
    @TempDir
    Path folder;

    private static JsonObject counted(long nanos, long reads) {
        JsonObject latency = new JsonObject().put("count", reads).put("meanNanos", 2e6).put("p50Nanos", 1_000_000).put("p99Nanos", 5_000_000);
        return new JsonObject().put("nanos", nanos)
            .put("requests", new JsonObject().put("reads", reads).put("readBytes", reads * 1_000_000).put("readHitSectors", 3).put("readMissSectors", 1))
            .put("cache", new JsonObject().put("writtenBackBytes", 4_000_000).put("backingErrors", 1).put("cacheErrors", 2))
            .put("latencies", new JsonObject().put("read", latency));
    }

    private static JsonObject stats() {
        return new JsonObject().put("clean", false).put("extents", 7).put("segments", new JsonObject().put("total", 40).put("used", 10))
            .put("total", counted(10_000_000_000L, 100));
    }

    private static DeviceInfo info() {
        return new DeviceInfo("pc", "", 252, 0, false, false, false, true, false, 1, 2, 0, 256, 8, "", "", "nbd", 1, "", "", Activity.NONE);
    }

    @Test
    void tableShowsRatesOfTheIntervalAndOtherwiseOfTheTotal() {
        StatsTable table = new StatsTable();
        table.add("total", stats());
        table.add("interval", stats().put("interval", counted(2_000_000_000L, 100)));

        List<String> lines = table.text().lines().toList();
        assertThat(lines.get(0).split(" +")).startsWith("Device", "r/s", "rMB/s").endsWith("crc", "err");
        assertThat(lines.get(1).split(" +")).containsExactly("total", "10.0", "10.0", "0.0", "0.0", "0.0", "75.0", "25.0", "yes", "0.4", "0.0", "5.000", "-", "0.0",
            "0", "3");
        assertThat(lines.get(2).split(" +")).startsWith("interval", "50.0", "50.0");
    }

    @Test
    void metricsAreInBaseUnitsAndEndWithEof() {
        String text = OpenMetrics.text(List.of(new OpenMetrics.Sample("a\"b\\c", info(), stats())));

        assertThat(text).contains("# TYPE pcache_reads counter\n", "pcache_reads_total{device=\"a\\\"b\\\\c\"} 100\n",
            "pcache_read_hit_bytes_total{device=\"a\\\"b\\\\c\"} 1536\n", "pcache_size_bytes{device=\"a\\\"b\\\\c\"} 4096\n",
            "pcache_request_seconds{device=\"a\\\"b\\\\c\",kind=\"read\",quantile=\"0.99\"} 0.005\n",
            "pcache_request_seconds_sum{device=\"a\\\"b\\\\c\",kind=\"read\"} 0.2\n").endsWith("\n# EOF\n");
        assertThat(text.lines().filter(line -> line.startsWith("# TYPE")).toList()).doesNotHaveDuplicates();
    }

    @Test
    void classicTextHasTheTypeOfACounterUnderTheNameOfItsSamples() {
        String text = OpenMetrics.classicText(List.of(new OpenMetrics.Sample("pc", info(), stats())));

        Set<String> declared = text.lines().filter(line -> line.startsWith("# TYPE ")).map(line -> line.split(" ")[2]).collect(Collectors.toSet());
        assertThat(text.lines().filter(line -> !line.startsWith("#")).map(line -> line.split("\\{")[0].replaceFirst("_seconds_(count|sum)$", "_seconds"))).allMatch(declared::contains);
        assertThat(text).contains("# TYPE pcache_reads_total counter\n# HELP pcache_reads_total ").doesNotContain("# EOF");
    }

    @Test
    void memberIsTheProtocolsName() {
        assertThat(OpenMetrics.member("READ_HIT_SECTORS")).isEqualTo("readHitSectors");
    }

    @Test
    void commandsAreFoundAndReadTheirOptions() throws Exception {
        try (CaseMachine machine = new CaseMachine(folder, folder)) {
            for (String word : MonitorCommands.WORDS) {
                assertThat(machine.run(List.of(word)).exit()).as(word).isEqualTo(word.equals("map") ? 1 : 0);
                assertThat(machine.run(List.of(word, "--help")).stdout()).startsWith("Usage: pcachectl " + word);
                Outcome wrong = machine.run(List.of(word, "--bogus"));
                assertThat(wrong.exit()).isEqualTo(1);
                assertThat(wrong.stderr()).endsWith("Couldn't process command line.\n");
                assertThat(machine.run(List.of(word, "nosuch")).stderr()).containsIgnoringCase("nosuch").endsWith("Command failed.\n");
            }
            machine.run(List.of("create", "bare", "-n"));
            assertThat(machine.run(List.of("map", "bare")).stderr()).startsWith("bare: has no cache").endsWith("Command failed.\n");
            machine.run(List.of("remove", "bare"));
            for (String wrong : List.of("0", "1.5", "+1", "1 2.5", "00", "1 0")) {
                Outcome outcome = machine.run(Stream.concat(Stream.of("stats"), Stream.of(wrong.split(" "))).toList());
                assertThat(outcome.stderr()).as(wrong).matches("(Interval|Count) must be a positive integer\\.\nCommand failed\\.\n");
                assertThat(outcome.exit()).isEqualTo(1);
            }
            assertThat(machine.run(List.of("stats", "12345678901")).stderr()).startsWith("Interval must be a positive integer of at most 9 digits.\n");
            assertThat(machine.run(List.of("stats", "-1")).stderr()).isEqualTo("Interval and count must be positive integers.\nCouldn't process command line.\n");
            machine.run(List.of("create", "bare", "-n"));
            assertThat(machine.run(List.of("metrics")).stdout()).contains("pcache_suspended{device=\"bare\"} 0").endsWith("# EOF\n");
            assertThat(machine.run(List.of("stats")).stdout()).as("no counters").isEmpty();
            assertThat(machine.run(List.of("stats", "bare", "1")).stderr()).isEqualTo("bare: has no counters: no pcache table is live\nCommand failed.\n");
            assertThat(machine.run(List.of("stats", "bare", "often")).stderr()).startsWith("often: no such device, and no number");
        }
    }
}
