package io.pcache.dmctl.tab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.ByteText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java reads the tab, and early at boot a script reads the tab. Both must make the same of every line. */
class TabLanguageTest {
    private static final Path TABLE = Path.of("src", "test", "resources", "tab-lines.txt");
    private static final Path GENERATOR = Path.of("..", "scripts", "system", "pcache-generator");
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})>");
    /** The cases of the table. No device is there twice, so that each line has as many units as the table says. */
    private static final List<Case> CASES = new ArrayList<>();

    @TempDir
    Path folder;

    /** A line of a tab, and what the table says of that line. */
    private record Case(String line, List<String> cache, List<String> backing, List<String> unit, List<String> wrong) {
        Case(String line) {
            this(line, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void expect(String kind, String text) {
            switch (kind) {
                case "cache" -> cache.add(text);
                case "backing" -> backing.add(text);
                case "unit" -> unit.add(text);
                case "wrong" -> wrong.add(text);
                default -> throw new IllegalArgumentException(kind);
            }
        }
    }

    /**
     * What the generator has made of a tab: the "Requires" lines of each unit's folder, and the lines that the
     * generator printed.
     */
    private record Generated(TreeMap<String, List<String>> units, List<String> told) {}

    @BeforeAll
    static void readTable() throws IOException {
        for (String line : Files.readAllLines(TABLE)) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("  ")) {
                String[] words = line.strip().split(" +", 2);
                CASES.get(CASES.size() - 1).expect(words[0], words[1]);
            } else {
                CASES.add(new Case(line));
            }
        }
    }

    private Path tab(List<String> lines) throws IOException {
        byte[][] pieces = lines.stream().map(TabLanguageTest::bytes).toArray(byte[][]::new);
        Path tab = folder.resolve("tab");
        try (var out = Files.newOutputStream(tab)) {
            for (int i = 0; i < pieces.length; i++) {
                out.write(pieces[i]);
                if (i < pieces.length - 1) {
                    out.write('\n');
                }
            }
        }
        return tab;
    }

    private static byte[] bytes(String line) {
        Matcher matcher = BYTE.matcher(line);
        StringBuilder text = new StringBuilder();
        int end = 0;
        // A byte beyond ASCII becomes the character that ByteText has for a byte that is no UTF-8. ByteText's encoding
        // puts the byte itself there again.
        while (matcher.find()) {
            int value = Integer.parseInt(matcher.group(1), 16);
            text.append(line, end, matcher.start()).append(value < 0x80 ? (char) value : (char) (0xdc00 | value));
            end = matcher.end();
        }
        return ByteText.encode(text.append(line.substring(end)).toString());
    }

    private Generated generate(Path tab) throws Exception {
        Path units = Files.createTempDirectory(folder, "units");
        Process generator = start(tab, units.toString());
        String told = new String(generator.getErrorStream().readAllBytes());
        assertThat(generator.waitFor()).as(told).isZero();
        TreeMap<String, List<String>> made = new TreeMap<>();
        try (Stream<Path> files = Files.walk(units)) {
            for (Path file : files.filter(path -> path.endsWith("50-tab.conf")).toList()) {
                made.put(
                        file.getParent().getFileName().toString(),
                        Files.readAllLines(file).stream()
                                .filter(line -> line.startsWith("Requires"))
                                .toList());
            }
        }
        return new Generated(made, told.lines().toList());
    }

    private static Process start(Path tab, String argument) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", GENERATOR.toString(), argument);
        builder.environment().put("PCACHE_TAB", tab.toString());
        return builder.start();
    }

    @Test
    void attachTakesOddLinesAsTheTableSays() throws Exception {
        Path tab = tab(CASES.stream().map(Case::line).toList());
        List<TabLine> lines = TabFile.read(tab);
        assertThat(lines).hasSameSizeAs(CASES);
        for (int i = 0; i < lines.size(); i++) {
            Case expected = CASES.get(i);
            TabEntry entry = lines.get(i).entry();
            List<String> problem = lines.get(i).problem() == null
                    ? List.of()
                    : List.of(lines.get(i).problem());
            assertThat(problem)
                    .as(expected.line())
                    .isEqualTo(expected.wrong().stream()
                            .map(text -> problem(tab, expected, text))
                            .toList());
            assertThat(entry == null ? List.of() : List.of(entry.cache()))
                    .as(expected.line())
                    .isEqualTo(expected.cache());
            assertThat(entry == null ? List.of() : List.of(entry.backing()))
                    .as(expected.line())
                    .isEqualTo(expected.backing());
        }
    }

    private static String problem(Path tab, Case expected, String text) {
        return tab + ": line " + (CASES.indexOf(expected) + 1) + ": " + text;
    }

    @Test
    void generatorTakesOddLinesAsTheTableSays() throws Exception {
        Path tab = tab(CASES.stream().map(Case::line).toList());
        Generated generated = generate(tab);
        assertThat(generated.told())
                .isEqualTo(CASES.stream()
                        .flatMap(expected -> expected.wrong().stream().map(text -> problem(tab, expected, text)))
                        .toList());
        for (Case expected : CASES) {
            if (!expected.unit().isEmpty()) {
                assertThat(generated.units()).as(expected.line()).containsEntry(folderOf(expected), expected.unit());
            }
        }
        long right = CASES.stream()
                .filter(expected ->
                        expected.wrong().isEmpty() && !expected.line().contains("noauto"))
                .count();
        assertThat(generated.units()).hasSize((int) right);
    }

    private static String folderOf(Case expected) {
        String name =
                new String(bytes(expected.line())).replace("\ufeff", "").strip().split("[ \t]")[0];
        StringBuilder escaped = new StringBuilder();
        for (byte b : ByteText.encode(name)) {
            char c = (char) (b & 0xff);
            escaped.append(
                    c < 0x80 && (Character.isLetterOrDigit(c) || c == ':' || c == '_' || c == '.')
                            ? String.valueOf(c)
                            : String.format("\\x%02x", (int) c));
        }
        return "pcache@" + escaped + ".service.d";
    }

    /** Lines that are put together at random, so that neither reader is prepared for them. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bothMakeTheSameOfRandomLines(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> lines =
                Stream.generate(() -> randomLine(random)).limit(300).toList();
        Path tab = tab(lines);
        List<TabLine> read = TabFile.read(tab);
        Generated generated = generate(tab);
        assertThat(generated.told())
                .isEqualTo(read.stream()
                        .map(TabLine::problem)
                        .filter(problem -> problem != null)
                        .toList());
        List<TabEntry> automatic = read.stream()
                .map(TabLine::entry)
                .filter(entry -> entry != null && !entry.isManual())
                .toList();
        assertThat(generated.units()).hasSameSizeAs(automatic);
        assertThat(read.stream().filter(line -> line.entry() != null).count())
                .as("lines that are right")
                .isBetween(20L, 280L);

        Process backing = start(tab, "--backing");
        List<String> paths = new String(backing.getInputStream().readAllBytes())
                .lines()
                .map(line -> line.replaceAll("\t[^\t]*$", ""))
                .collect(Collectors.toList());
        assertThat(paths)
                .containsAll(read.stream()
                        .map(TabLine::entry)
                        .filter(entry -> entry != null)
                        .map(TabEntry::backing)
                        .toList());
    }

    private static String randomLine(Random random) {
        String[] names = {"a", "-", "ü", "x\\x2f", "\\x", "a$b", "é/", ".", "Z:@", "<7f>", "%i"};
        String[] devices = {
            "/c",
            "/dev/sdb",
            "UUID=",
            "LABEL=",
            "ID=",
            "\"",
            "'",
            "\\040",
            "\\134",
            "\\043",
            "/",
            "//",
            "/./",
            "/..",
            "é",
            "%",
            "a b",
            "<ff>",
            "<f4><90><80><80>"
        };
        String[] options = {
            "noauto",
            "noauto",
            "nofail",
            "size=",
            "queues=",
            "7",
            "00",
            "64",
            "65",
            ",",
            "=",
            "-",
            "wait=1",
            "uuid=\\x20",
            "uuid=é",
            "metrics=unix",
            "bogus"
        };
        String blank = random.nextInt(8) == 0 ? " <09>" : " ";
        StringBuilder line = new StringBuilder(random.nextInt(8) == 0 ? blank : "");
        line.append(pieces(random, names, 3))
                .append(random.nextInt(1000))
                .append(blank)
                .append(random.nextInt(3) == 0 ? "" : "/")
                .append(pieces(random, devices, 3))
                .append(blank)
                .append(random.nextInt(3) == 0 ? "" : "/")
                .append(pieces(random, devices, 3))
                .append(blank)
                .append(random.nextBoolean() ? "noauto," : "")
                .append(random.nextBoolean() ? "" : pieces(random, options, 4));
        return line.append(random.nextInt(8) == 0 ? "<0d>" : "").toString();
    }

    private static String pieces(Random random, String[] pieces, int most) {
        return Stream.generate(() -> pieces[random.nextInt(pieces.length)])
                .limit(random.nextInt(most) + 1L)
                .collect(Collectors.joining());
    }
}
