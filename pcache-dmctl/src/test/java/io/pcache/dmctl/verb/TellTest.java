package io.pcache.dmctl.verb;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import io.pcache.health.CacheEvents.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** People and scripts are told what a target has found while the target took a table; notices are for people only. */
class TellTest {
    private static final String TABLE = "0 2097152 pcache {CACHE} {BACKING}";
    private static final List<String> CREATE = List.of("create", "demo", "--table", TABLE);
    private static final List<String> LOAD = List.of("load", "demo", "--table", TABLE);
    private static final Terminal SCREEN = new Terminal(true, 80);

    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void makeDevices() throws Exception {
        machine = new CaseMachine(folder, folder);
    }

    @AfterEach
    void end() {
        machine.close();
    }

    private String said(List<String> command, Terminal errorTerminal, Kind kind) throws Exception {
        machine.onStart(config -> config.events().event(kind, "found"));
        CaseMachine.Outcome outcome = machine.run(command, Map.of(), errorTerminal, new ByteArrayOutputStream());
        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        return outcome.stderr();
    }

    private static List<String> verbose(List<String> command) {
        List<String> words = new ArrayList<>(command);
        words.add("-v");
        return words;
    }

    @Test
    void createTellsAScriptOfWhatIsWrongOrWasChangedAndNothingElse() throws Exception {
        assertThat(said(CREATE, Terminal.NONE, Kind.NOTICE)).isEmpty();
        machine.run(List.of("remove", "demo"), "");
        assertThat(said(CREATE, Terminal.NONE, Kind.LOG_DAMAGED)).isEqualTo("demo: found\n");
        machine.run(List.of("remove", "demo"), "");
        assertThat(said(CREATE, Terminal.NONE, Kind.IDENTITY)).isEqualTo("demo: found\n");
    }

    @Test
    void createTellsATerminalAndWhoAsksForMoreAll() throws Exception {
        assertThat(said(CREATE, SCREEN, Kind.NOTICE)).isEqualTo("demo: found\n");
        machine.run(List.of("remove", "demo"), "");
        assertThat(said(verbose(CREATE), Terminal.NONE, Kind.NOTICE)).isEqualTo("demo: found\n");
    }

    @Test
    void loadTellsAsCreateDoes() throws Exception {
        machine.run(List.of("create", "demo", "--notable"), "");
        assertThat(said(LOAD, Terminal.NONE, Kind.NOTICE)).isEmpty();
        machine.run(List.of("clear", "demo"), "");
        assertThat(said(LOAD, Terminal.NONE, Kind.IDENTITY)).endsWith(": found\n");
        machine.run(List.of("clear", "demo"), "");
        assertThat(said(LOAD, SCREEN, Kind.NOTICE)).endsWith(": found\n");
    }
}
