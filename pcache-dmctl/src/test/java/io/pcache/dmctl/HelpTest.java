package io.pcache.dmctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Help, and the answers to command lines that are not understood. */
class HelpTest {
    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void start() throws Exception {
        machine = new CaseMachine(Files.createDirectory(folder.resolve("scratch")), folder);
    }

    @AfterEach
    void stop() throws Exception {
        machine.close();
    }

    private Outcome run(String line) throws Exception {
        return machine.run(List.of(line.split(" ")));
    }

    @Test
    void listsEveryVerbInItsGroupWithASentence() throws Exception {
        String text = run("help").stderr();
        for (VerbName verb : VerbName.values()) {
            if (verb != VerbName.CREATE_CONCISE) {
                assertThat(text.lines()
                                .filter(line -> line.matches(" +" + verb.word() + " .*"))
                                .toList())
                        .as(verb.word())
                        .singleElement()
                        .asString()
                        .endsWith(verb.sentence());
            }
        }
        assertThat(text.indexOf("  status")).as("daily verbs come first").isBetween(0, text.indexOf("  udevflags"));
        assertThat(run("--help").stderr()).isEqualTo(text);
    }

    @Test
    void tellsOfOneVerbWithAnExample() throws Exception {
        for (VerbName verb : VerbName.values()) {
            Outcome asked = run("help " + verb.word());
            if (verb == VerbName.HELP) {
                assertThat(asked.stderr()).startsWith("Usage:");
                continue;
            }
            assertThat(asked.exit()).as(verb.word()).isZero();
            assertThat(asked.stderr()).as(verb.word()).isEmpty();
            assertThat(asked.stdout()).as(verb.word()).startsWith("Usage:").contains(" " + verb.example() + "\n");
            assertThat(run(verb.word() + " --help")).as(verb.word()).isEqualTo(asked);
            if (verb.family() == VerbFamily.DMSETUP) {
                assertThat(run(verb.word() + " x y z -h"))
                        .as("whatever its operands")
                        .isEqualTo(asked);
            }
        }
    }

    @Test
    void saysWhatForceMeansToEachVerbThatTakesIt() throws Exception {
        for (VerbName verb : VerbName.values()) {
            assertThat(run("help " + verb.word()).stdout()).as(verb.word()).doesNotContain("see the manual for what");
        }
        assertThat(run("help remove_all").stdout()).containsPattern("-f, --force +Replace the table");
    }

    @Test
    void tellsTheVerbThatWasMeant() throws Exception {
        for (String[] meant : new String[][] {
            {"staus", "status"},
            {"stauts", "status"},
            {"cerate", "create"},
            {"remvoe", "remove"},
            {"Status", "status"},
            {"remove-all", "remove_all"},
            {"chekc", "check"},
            {"lst", "ls"}
        }) {
            Outcome outcome = run(meant[0]);
            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.stderr().lines().toList())
                    .startsWith("Unknown command.", "Usage:")
                    .endsWith("pcache: there is no verb '" + meant[0] + "'; did you mean '" + meant[1] + "'?");
        }
        assertThat(run("frobnicate").stderr()).endsWith("pcache: there is no verb 'frobnicate'\n");
        assertThat(run("help staus").stderr()).endsWith("pcache: there is no verb 'staus'; did you mean 'status'?\n");
        assertThat(run("-v stats").stderr()).contains("pcache: stats comes first");
    }

    @Test
    void refusesAnOptionOfAnotherVerb() throws Exception {
        assertThat(run("create pc --notable").exit()).isZero();
        for (String[] wrong : new String[][] {
            {"remove pc --frontend nbd", "remove does not take --frontend: it is for create."},
            {"status pc --table x", "status does not take --table: it is for create, load, reload."},
            {"suspend pc --deferred", "suspend does not take --deferred: it is for remove, remove_all."},
            {"info pc --queues 2", "info does not take --queues: it is for create."}
        }) {
            Outcome outcome = run(wrong[0]);
            assertThat(outcome.exit()).as(wrong[0]).isEqualTo(1);
            assertThat(outcome.stderr()).isEqualTo(wrong[1] + "\nCouldn't process command line.\n");
            assertThat(outcome.stdout()).isEmpty();
        }
        for (String[] wrong : new String[][] {
            {"map pc --queues 2", "1", "map does not take --queues: it is for create.\nCouldn't process command line."},
            {
                "attach --uuid=x",
                "1",
                "attach does not take --uuid: it is for the verbs that dmsetup has.\n"
                        + "Couldn't process command line."
            },
            {
                "check --tab x c",
                "16",
                "check does not take --tab: it is for attach, detach.\nTry 'dmsetup check --help'."
            },
            {
                "status pc --svg x",
                "1",
                "dmsetup: unrecognized option '--svg'\npcache: --svg is for map\n" + "Couldn't process command line."
            }
        }) {
            Outcome outcome = run(wrong[0]);
            assertThat(outcome.exit()).as(wrong[0]).isEqualTo(Integer.parseInt(wrong[1]));
            assertThat(outcome.stderr()).isEqualTo(wrong[2] + "\n");
            assertThat(outcome.stdout()).isEmpty();
        }
        assertThat(run("info pc --noheadings -c -o name,suspended").stdout())
                .as("nothing was done")
                .isEqualTo("pc:Active\n");
        assertThat(run("remove --verifyudev --noudevsync --retry pc").exit())
                .as("options of all verbs stay")
                .isZero();
    }
}
