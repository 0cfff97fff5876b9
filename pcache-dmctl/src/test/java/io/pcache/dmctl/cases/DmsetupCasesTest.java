package io.pcache.dmctl.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.dmctl.cases.Differences.Listed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command that was recorded with the real dmsetup and the kernel's pcache target prints the same, and ends the
 * same. {@code differences.json} lists the exceptions.
 */
class DmsetupCasesTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> behavesAsDmsetup() throws IOException {
        Differences differences = Differences.load();
        List<RecordedCase> cases = RecordedCase.load();
        List<DynamicTest> tests = new ArrayList<>();
        for (RecordedCase recorded : cases) {
            tests.add(DynamicTest.dynamicTest(recorded.id(), () -> check(recorded, differences)));
        }
        tests.add(DynamicTest.dynamicTest("every difference listed makes one", () -> {
            Set<String> unknown = new TreeSet<>(differences.listedIds());
            cases.forEach(recorded -> unknown.remove(recorded.id()));
            assertThat(unknown).as("cases listed that do not exist").isEmpty();
            assertThat(differences.unused()).isEmpty();
        }));
        return tests.stream();
    }

    private void check(RecordedCase recorded, Differences differences) throws Exception {
        Path scratch = Files.createDirectories(folder.resolve("scenario").resolve(recorded.scenario()));
        Path root = Files.createTempDirectory(folder, "m");
        try (CaseMachine machine = new CaseMachine(scratch, root)) {
            List<String> failures = differences.unexplained(machine.prepare(recorded));
            Outcome ours = machine.run(recorded);
            Outcome theirs = new Outcome(
                    recorded.exit(),
                    machine.fill(differences.rewrite("stdout", recorded.stdout())),
                    machine.fill(differences.rewrite("stderr", recorded.stderr())));
            Listed listed = differences.listed(recorded.id());
            if (listed != null) {
                // Steps that pcachectl refuses are part of the difference.
                failures = List.of();
                assertThat(difference(ours, theirs))
                        .as(recorded.id() + " is listed as different: " + listed.reason())
                        .isNotEmpty();
                if (listed.outcome() == null) {
                    return;
                }
                theirs = new Outcome(
                        listed.outcome().exit(),
                        machine.fill(listed.outcome().stdout()),
                        machine.fill(listed.outcome().stderr()));
            }
            String difference = difference(ours, theirs);
            if (!difference.isEmpty()) {
                fail(recorded.id() + "\n$ dmsetup " + String.join(" ", recorded.arguments()) + "\n" + difference
                        + (failures.isEmpty() ? "" : "\nsteps before: " + failures));
            }
            assertThat(failures).as(recorded.id() + ": steps before").isEmpty();
        }
    }

    /** The difference between two outcomes; empty where there is none. */
    private static String difference(Outcome ours, Outcome theirs) {
        List<String> differences = new ArrayList<>();
        if (ours.exit() != theirs.exit()) {
            differences.add("exit " + ours.exit() + " instead of " + theirs.exit());
        }
        if (!ours.stdout().equals(theirs.stdout())) {
            differences.add("stdout:\n" + ours.stdout() + "instead of:\n" + theirs.stdout());
        }
        if (!Diagnostics.agree(ours.stderr(), theirs.stderr())) {
            differences.add("stderr:\n" + ours.stderr() + "instead of:\n" + theirs.stderr());
        }
        return String.join("\n", differences);
    }
}
