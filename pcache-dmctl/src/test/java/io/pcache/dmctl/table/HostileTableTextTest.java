package io.pcache.dmctl.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.control.ByteText;
import io.pcache.control.TableLine;
import io.pcache.dmctl.failure.CommandFailure;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Table texts, and the concise form, with characters changed, put in and taken out. Each text is read, or refused with
 * a line that says why.
 */
class HostileTableTextTest {
    /** How many texts are tried. A full run has {@code -Dpcache.hostile.inputs=1000000}. */
    private static final long INPUTS = Long.getLong("pcache.hostile.inputs", 20_000);

    private static final long SEED = Long.getLong("pcache.hostile.seed", System.nanoTime());
    private static final String TABLE =
            "# comment\n0 2097152 pcache /dev/pmem0 8:16 4 cache_mode writeback data_crc true # more\n\n2097152 "
                    + "8 zero\n";
    private static final String CONCISE =
            "fast,UUID-1,3,rw,0 2097152 pcache /dev/pmem0 8:16 4 cache_mode writeback data_crc true,2097152 8 "
                    + "zero;slow\\,er,,,ro,0 8 error";
    private static final String SIGNIFICANT = "0123456789 \t\n\r#,;\\\"'/:-+\u0000\u0085\u00a0\ud83d";

    private final Random random = new Random(SEED);

    private String mutate(String good) {
        StringBuilder text = new StringBuilder(good);
        for (int changes = random.nextInt(6); changes >= 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            char c = random.nextInt(3) > 0
                    ? SIGNIFICANT.charAt(random.nextInt(SIGNIFICANT.length()))
                    : (char) random.nextInt(1 << 16);
            if (at == text.length() || random.nextBoolean()) {
                text.insert(at, c);
            } else if (random.nextBoolean()) {
                text.setCharAt(at, c);
            } else {
                text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
            }
        }
        return text.toString();
    }

    private static void check(TableLine line, String text) {
        assertThat(line.start()).as("start in <%s>", text).isNotNegative();
        assertThat(line.length()).as("length in <%s>", text).isNotNegative();
        assertThat(line.type()).as("type in <%s>", text).isNotEmpty().hasSizeLessThanOrEqualTo(15);
    }

    private interface Reading {
        void read(String text) throws CommandFailure;
    }

    private long read(String good, Reading reading) {
        long taken = 0;
        for (long i = 0; i < INPUTS; i++) {
            String text = mutate(good);
            try {
                reading.read(text);
                taken++;
            } catch (CommandFailure e) {
                assertThat(e.lines())
                        .as("why <%s> is refused", text)
                        .isNotEmpty()
                        .noneMatch(String::isBlank);
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + SEED + ", input <" + text + ">", e);
            }
        }
        return taken;
    }

    @Test
    void tables() {
        TableParser parser = new TableParser("on stdin");
        assertThat(read(TABLE, text -> {
                    List<TableLine> lines = parser.parse(text);
                    lines.forEach(line -> check(line, text));
                }))
                .as("tables taken")
                .isBetween(1L, INPUTS - 1);
    }

    @Test
    void bytesThatAreNotUtf8AreNoPath() throws Exception {
        String line = ByteText.decode(
                "# caf\u00e9\n0 8 pcache /a? /b".replace('?', '\u00ff').getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> new TableParser("on stdin").parse(line))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.lines())
                                .containsExactly(
                                        "Invalid format on line 2 of table on stdin.",
                                        "pcache: the line holds bytes that are not UTF-8, which paths have to "
                                                + "be (-EILSEQ)"));
    }

    @Test
    void conciseForm() {
        assertThat(read(
                        CONCISE,
                        text -> ConciseForm.parse(text, entry -> {
                            assertThat(entry.name()).as("name in <%s>", text).isNotNull();
                            if (entry.lines() != null) {
                                entry.lines().forEach(line -> check(line, text));
                            }
                        })))
                .as("texts taken")
                .isBetween(1L, INPUTS - 1);
    }
}
