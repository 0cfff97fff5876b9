package io.pcache.dmctl.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine.Outcome;
import io.pcache.media.KernelImages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people get wrong, and what they are told: {@code tables/mistakes.txt}. Each command there fails with exactly the
 * lines under the command; these name what is wrong and what to do. Devices in {@code /dev} are those of the recorded
 * cases. Files in {@code /root} are real, and so are caches on them.
 */
class MistakesTest {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");
    private static final String STEP = "  given ";
    private static final String COMMAND = "  $ pcachectl ";
    private static final String LINE = "    ";
    /** The text that help prints. Other tests check that text. */
    private static final Pattern USAGE = Pattern.compile("Usage:\n.*?\n *Exit status:[^\n]*\n\n?", Pattern.DOTALL);

    private static final Pattern FILE_NUMBER = Pattern.compile("file:[0-9]+(-[0-9a-f]+)?");
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private record Mistake(String title, List<String> steps, String command, List<String> lines) {}

    @TestFactory
    Stream<DynamicTest> eachSaysWhatIsWrongAndWhatToDo() throws IOException {
        List<Mistake> mistakes = read();
        assertThat(mistakes)
                .hasSizeGreaterThanOrEqualTo(25)
                .extracting(Mistake::title)
                .doesNotHaveDuplicates();
        return mistakes.stream().map(mistake -> DynamicTest.dynamicTest(mistake.title(), () -> check(mistake)));
    }

    private static List<Mistake> read() throws IOException {
        List<Mistake> mistakes = new ArrayList<>();
        try (var resource = MistakesTest.class.getResourceAsStream("/tables/mistakes.txt")) {
            List<String> steps = new ArrayList<>();
            String title = null;
            for (String line : new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList()) {
                if (line.startsWith(LINE)) {
                    mistakes.get(mistakes.size() - 1).lines().add(line.substring(LINE.length()));
                } else if (line.startsWith(COMMAND)) {
                    mistakes.add(new Mistake(
                            title, List.copyOf(steps), line.substring(COMMAND.length()), new ArrayList<>()));
                    steps.clear();
                } else if (line.startsWith(STEP)) {
                    steps.add(line.substring(STEP.length()));
                } else if (!line.isBlank()) {
                    title = line;
                }
            }
        }
        return mistakes;
    }

    private void check(Mistake mistake) throws Exception {
        Path root = Files.createTempDirectory(folder, "m");
        Path scratch = Files.createDirectory(root.resolve("scratch"));
        try (CaseMachine machine = new CaseMachine(scratch, root)) {
            String dev = Path.of(machine.fill("{CACHE}")).getParent().toString();
            for (String step : mistake.steps()) {
                prepare(machine, words(step, dev, scratch));
            }

            Outcome outcome = machine.runAs("pcachectl", words(mistake.command(), dev, scratch));

            String said = outcome.stderr()
                    .replace(scratch.toString(), "/root")
                    .replace(dev, "/dev")
                    .replace(root + "/run", "/run/pcache");
            said = FILE_NUMBER
                    .matcher(USAGE.matcher(said).replaceAll("{USAGE}\n"))
                    .replaceAll("file:NUMBER");
            assertThat(said.lines())
                    .as("pcachectl " + mistake.command() + "\n" + said.indent(LINE.length()))
                    .containsExactlyElementsOf(mistake.lines());
            assertThat(outcome.exit()).isNotZero();
            assertThat(outcome.stdout()).isEmpty();
        }
    }

    private static void prepare(CaseMachine machine, List<String> words) throws Exception {
        switch (words.get(0)) {
            case "file" -> {
                try (RandomAccessFile file = new RandomAccessFile(words.get(1), "rw")) {
                    file.setLength(Long.parseLong(words.get(2)) * MIB);
                }
            }
            case "image" -> KernelImages.named(words.get(1)).unpack(Path.of(words.get(2)));
            case "text" -> Files.writeString(Path.of(words.get(1)), words.get(2));
            case "in-use" -> machine.hold(words.get(1));
            case "opened" -> machine.open(words.get(1));
            case "forbidden" -> machine.forbid(words.get(1));
            case "pcachectl" -> {
                Outcome outcome = machine.runAs("pcachectl", words.subList(1, words.size()));
                assertThat(outcome.exit()).as(words + "\n" + outcome.stderr()).isZero();
            }
            default -> throw new IllegalArgumentException(words.get(0));
        }
    }

    private static List<String> words(String text, String dev, Path scratch) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            String word = matcher.group(1) != null
                    ? matcher.group(1)
                    : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
            words.add(word.replace("\\n", "\n").replace("/dev/", dev + "/").replace("/root/", scratch + "/"));
        }
        return words;
    }
}
