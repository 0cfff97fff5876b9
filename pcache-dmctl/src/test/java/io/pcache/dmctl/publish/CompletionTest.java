package io.pcache.dmctl.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shells offer the verbs and options that exist. */
class CompletionTest {

    @TempDir
    private static Path script;

    private static List<String> complete(String... words) throws IOException, InterruptedException {
        return complete(Map.of("PCACHE_RUN_DIR", "/nonexistent"), words);
    }

    /**
     * What bash offers for the last word. The only command in PATH is sed, so that the start of another command shows.
     */
    private static List<String> complete(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        Path completion = script.resolve("pcachectl.bash");
        Files.writeString(
                completion,
                CompletionTable.text() + Files.readString(Path.of("..", "scripts", "completion", "pcachectl.bash")));
        Path commands = Files.createDirectories(script.resolve("bin"));
        if (Files.notExists(commands.resolve("sed"))) {
            Files.createSymbolicLink(commands.resolve("sed"), Path.of("/bin/sed"));
        }
        String line = "source \"$1\"; shift; COMP_WORDS=(pcachectl \"$@\"); COMP_CWORD=$#; _pcachectl_complete; "
                + "printf '%s\\n' \"${COMPREPLY[@]}\"";
        List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", line, "bash", completion.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", commands.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().filter(found -> !found.isEmpty()).toList();
    }

    @Test
    void offersEveryVerb() throws Exception {
        Set<String> verbs = new TreeSet<>();
        for (VerbName verb : VerbName.values()) {
            verbs.add(verb.word());
        }
        verbs.remove("--batch");
        assertThat(new TreeSet<>(complete(""))).isEqualTo(verbs);
        assertThat(complete("--ba")).containsExactly("--batch");
        assertThat(complete("help", "sta")).containsExactly("status", "stats");
        assertThat(complete("--manglename", "none", "sta"))
                .as("a value is no verb")
                .containsExactly("status", "stats");
    }

    @Test
    void offersTheOptionsThatTheVerbTakes() throws Exception {
        for (VerbName verb : VerbName.values()) {
            Set<String> options = new TreeSet<>(Set.of("--help"));
            for (Option option : Option.values()) {
                if (!option.isOfDmstats() && verb.takes(option)) {
                    options.add("--" + option.longName());
                }
            }
            assertThat(new TreeSet<>(complete(verb.word(), "--")))
                    .as(verb.word())
                    .isEqualTo(options);
        }
        assertThat(complete("--batch", "--")).containsExactlyInAnyOrder("--json", "--stop-on-error", "--help");
        assertThat(complete("check", "--")).containsExactlyInAnyOrder("--json", "--no-data", "--help");
    }

    @Test
    void offersTheWordsOfAnOption() throws Exception {
        assertThat(complete("create", "pc", "--frontend", "u")).containsExactly("ublk");
        assertThat(complete("create", "pc", "--metrics", "")).containsExactly("unix");
        assertThat(complete("create", "pc", "--cache-io", "")).containsExactly("direct", "buffered");
        assertThat(complete("create", "pc", "--cache-discard", "")).containsExactly("true", "false");
        assertThat(complete("status", "--manglename", "h")).containsExactly("hex");
        assertThat(complete("create", "pc", "--readahead", "")).containsExactly("auto", "none");
        assertThat(complete("ls", "--target", "")).containsExactly("pcache", "zero", "error");
    }

    @Test
    void offersOperandsInTheirOrder(@TempDir Path folder) throws Exception {
        Files.createSymbolicLink(folder.resolve("fast"), Path.of("control/0"));
        Files.createSymbolicLink(folder.resolve("my\\x20disk"), Path.of("control/1"));
        Files.createDirectories(folder.resolve("control"));
        Map<String, String> run = Map.of("PCACHE_RUN_DIR", folder.toString());
        assertThat(complete(run, "status", "f")).containsExactly("fast");
        assertThat(complete(run, "status", ""))
                .as("no folder of ours")
                .doesNotContain("control")
                .contains("fast")
                .hasSize(2);
        assertThat(complete(run, "remove", "fast", "--force", "f"))
                .as("more of them")
                .containsExactly("fast");
        assertThat(complete(run, "message", "f")).containsExactly("fast");
        assertThat(complete(run, "message", "fast", "")).containsExactly("0");
        assertThat(complete(run, "message", "--wait", "5", "fast", "0", ""))
                .containsExactly("gc_percent", "cache_discard", "log_level", "writeback");
        assertThat(complete(run, "message", "fast", "0", "gc_percent", "")).isEmpty();
        assertThat(complete(run, "rename", "fast", "")).as("a new name").isEmpty();
        assertThat(complete(run, "target-version", "z")).containsExactly("zero");
        assertThat(complete(run, "map", "fa")).containsExactly("fast");
    }

    @Test
    void offersDevicesAndFilesToCheck(@TempDir Path folder) throws Exception {
        Path image = Files.createFile(folder.resolve("image"));
        assertThat(complete("check", folder + "/")).containsExactly(image.toString());
        assertThat(complete("check", "/de")).contains("/dev");
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            Optional<Path> disk = disks.filter(entry ->
                            Files.exists(Path.of("/dev", entry.getFileName().toString())))
                    .findFirst();
            assumeTrue(disk.isPresent(), "no block device here");
            assertThat(complete("check", "/dev/" + disk.get().getFileName()))
                    .contains("/dev/" + disk.get().getFileName());
        }
    }
}
