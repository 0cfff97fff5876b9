package io.pcache.dmctl.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.dmctl.monitor.MonitorCommands;
import io.pcache.dmctl.offline.OfflineVerbs;
import io.pcache.dmctl.options.Option;
import io.pcache.dmctl.tab.TabCommands;
import io.pcache.dmctl.verb.VerbName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.CommandSpec;

/** The shells offer the verbs and options that there are. */
class CompletionTest {

    private static List<String> complete(String... words) throws IOException, InterruptedException {
        String script = "source \"$1\"; shift; COMP_WORDS=(pcachectl \"$@\"); COMP_CWORD=$#; _pcachectl_complete; printf '%s\\n' \"${COMPREPLY[@]}\"";
        List<String> command = new java.util.ArrayList<>(List.of("bash", "-c", script, "bash", Path.of("..", "scripts", "completion", "pcachectl.bash").toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void offersEveryVerb() throws Exception {
        Set<String> verbs = new TreeSet<>();
        for (VerbName verb : VerbName.values()) {
            verbs.add(verb.word());
        }
        assertThat(new TreeSet<>(complete(""))).isEqualTo(verbs);
    }

    @Test
    void offersEveryOption() throws Exception {
        Set<String> options = new TreeSet<>();
        for (Option option : Option.values()) {
            if (!option.isOfDmstats()) {
                options.add("--" + option.longName());
            }
        }
        assertThat(new TreeSet<>(complete("status", "--"))).isEqualTo(options);
    }

    @Test
    void offersTheWordsOfAnOption() throws Exception {
        assertThat(complete("create", "pc", "--frontend", "u")).containsExactly("ublk");
        assertThat(complete("ls", "--target", "")).containsExactly("pcache", "zero", "error");
    }

    @Test
    void offersTheOptionsOfACommandThatIsNotDmsetups() throws Exception {
        Map<String, CommandSpec> specs = new TreeMap<>();
        MonitorCommands.WORDS.forEach(word -> specs.put(word, MonitorCommands.spec(word)));
        TabCommands.WORDS.forEach(word -> specs.put(word, TabCommands.spec(word)));
        OfflineVerbs.WORDS.forEach(word -> specs.put(word, OfflineVerbs.commandLine(word, null).getCommandSpec()));
        for (Map.Entry<String, CommandSpec> spec : specs.entrySet()) {
            Set<String> options = new TreeSet<>();
            spec.getValue().options().forEach(option -> options.add(option.longestName()));
            assertThat(new TreeSet<>(complete(spec.getKey(), "--"))).as(spec.getKey()).isEqualTo(options);
        }
    }

    @Test
    void offersDevicesAndFilesToCheck(@TempDir Path folder) throws Exception {
        Path image = Files.createFile(folder.resolve("image"));
        assertThat(complete("check", folder + "/")).containsExactly(image.toString());
        assertThat(complete("check", "/de")).contains("/dev");
        try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
            Optional<Path> disk = disks.filter(entry -> Files.exists(Path.of("/dev", entry.getFileName().toString()))).findFirst();
            assumeTrue(disk.isPresent(), "no block device here");
            assertThat(complete("check", "/dev/" + disk.get().getFileName())).contains("/dev/" + disk.get().getFileName());
        }
    }
}
