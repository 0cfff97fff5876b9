package io.pcache.dmctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A batch runs many commands in one process, as pcachectl(8) promises. */
@Timeout(60)
class BatchTest {
    private static final String STATUS = "0 2097152 pcache ";

    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void start() throws Exception {
        machine = new CaseMachine(folder, folder);
    }

    @AfterEach
    void stop() {
        machine.close();
    }

    private Outcome batch(String commands, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--batch"));
        arguments.addAll(List.of(options));
        return machine.run(arguments, commands);
    }

    private static List<JsonNode> answers(Outcome outcome) {
        return outcome.stdout()
                .lines()
                .map(line -> {
                    try {
                        return new ObjectMapper().readTree(line);
                    } catch (java.io.IOException e) {
                        throw new AssertionError(line, e);
                    }
                })
                .toList();
    }

    @Test
    void runsEachLineAndGoesOnAfterAFailure() throws Exception {
        Outcome outcome = batch("""
            # a comment, and an empty line

            create 'my disk' --table "0 2097152 pcache {CACHE} {BACKING}"
              status my\\ disk   # behind a command, too
            status nosuch
            nonsense
            info -c --noheadings -o name""");
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.stdout().lines().toList())
                .hasSize(2)
                .first()
                .asString()
                .startsWith(STATUS);
        assertThat(outcome.stdout()).endsWith("\nmy disk\n");
        assertThat(outcome.stderr()).contains("Device does not exist.").contains("Unknown command.");
    }

    @Test
    void stopsAtTheFirstFailureWhereThatIsAskedFor() throws Exception {
        Outcome outcome = batch("create a -n\ncheck /nosuch\ncreate b -n\n", "--stop-on-error");
        assertThat(outcome.exit()).as("check's own exit status").isEqualTo(8);
        assertThat(machine.run(List.of("ls")).stdout()).contains("a").doesNotContain("b");
        assertThat(batch("ls\nversion\n", "--stop-on-error").exit()).isZero();
    }

    @Test
    void answersWithOneJsonObjectALine() throws Exception {
        Outcome outcome = batch(
                "create pc --table '0 2097152 pcache {CACHE} {BACKING}'\n\nstatus pc\nstatus nosuch\nls "
                        + "--json\nstatus 'pc\n",
                "--json");
        assertThat(outcome.stderr()).isEmpty();
        List<JsonNode> answers = answers(outcome);
        assertThat(answers).extracting(answer -> answer.get("line").asInt()).containsExactly(1, 3, 4, 5, 6);
        assertThat(answers).extracting(answer -> answer.get("status").asInt()).containsExactly(0, 0, 1, 0, 1);
        assertThat(answers.get(1).get("command").asText()).isEqualTo("status pc");
        assertThat(answers.get(1).get("stdout").asText()).startsWith(STATUS).endsWith("\n");
        assertThat(answers.get(2).get("stderr").asText())
                .startsWith("Device does not exist.\n")
                .endsWith("Command failed.\n");
        assertThat(new ObjectMapper()
                        .readTree(answers.get(3).get("stdout").asText())
                        .findValuesAsText("name"))
                .containsExactly("pc");
        assertThat(answers.get(4).get("stderr").asText()).contains("line 6: the quote at character 8 is not closed");
        assertThat(outcome.exit()).isEqualTo(1);
    }

    @Test
    void givesNoCommandTheLinesOfTheOthers() throws Exception {
        List<JsonNode> answers = answers(batch("create pc\nls\ncreate pd -n\nls --exec cat\n--batch\n", "--json"));
        assertThat(answers).hasSize(5);
        assertThat(answers.get(0).get("stderr").asText()).contains("it has the commands of the batch");
        assertThat(answers.get(1).get("stdout").asText()).isEqualTo("No devices found\n");
        assertThat(answers.get(3).get("status").asInt()).isZero();
        assertThat(answers.get(4).get("stderr").asText()).contains("a batch cannot hold another one");
    }

    @Test
    void answersBeforeTheNextCommandComes() throws Exception {
        try (PipedOutputStream toProgram = new PipedOutputStream();
                PipedInputStream fromProgram = new PipedInputStream(1 << 16)) {
            PipedInputStream in = new PipedInputStream(toProgram);
            PrintStream out = new PrintStream(new PipedOutputStream(fromProgram));
            CompletableFuture<Integer> status =
                    CompletableFuture.supplyAsync(() -> machine.run(List.of("--batch", "--json"), in, out));
            for (String command : List.of("create pc -n", "ls --noheadings", "remove pc")) {
                toProgram.write((command + "\n").getBytes(StandardCharsets.UTF_8));
                toProgram.flush();
                StringBuilder answer = new StringBuilder();
                for (int next = fromProgram.read(); next != '\n'; next = fromProgram.read()) {
                    answer.append((char) next);
                }
                assertThat(new ObjectMapper()
                                .readTree(answer.toString())
                                .get("command")
                                .asText())
                        .isEqualTo(command);
            }
            toProgram.close();
            assertThat(status.get()).isZero();
        }
    }

    @Test
    void refusesWhatItDoesNotTake() throws Exception {
        Outcome outcome = batch("", "status");
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.stderr()).startsWith("--batch takes --json and --stop-on-error, not 'status'");
        assertThat(batch("\n\n").exit()).as("nothing to do").isZero();
        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }
}
