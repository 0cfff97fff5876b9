package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.ControlException;
import io.pcache.control.TableLine;
import io.pcache.fuzz.Corpus;
import io.pcache.fuzz.ScratchDirectory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Fuzz target: a table, a line a target ($c and $b are a cache and a backing device), and messages to what was made of
 * it, on lines that begin with a colon. Ends with success or a named error, and leaves nothing open.
 */
public class TableFuzzTest {

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        try (ScratchDirectory scratch = ScratchDirectory.make()) {
            DeviceFixture fixture = new DeviceFixture(scratch.path());
            String text = new String(input, StandardCharsets.UTF_8)
                    .replace("$c", fixture.cache.toString())
                    .replace("$b", fixture.backing.toString());
            List<TableLine> table = new ArrayList<>();
            List<String> messages = new ArrayList<>();
            for (String line : text.split("\n")) {
                if (line.startsWith(":")) {
                    messages.add(line.substring(1));
                } else {
                    table.add(line(line));
                }
            }
            try {
                fixture.load(table);
                fixture.resume();
                for (String message : messages) {
                    message(fixture, message);
                }
                fixture.device.remove(false, true);
            } catch (ControlException e) {
                assertNamed(e);
            }
            assertThat(fixture.caches.open).as("devices left open").isEmpty();
        }
    }

    private static void message(DeviceFixture fixture, String text) {
        try {
            fixture.device.message(0, text);
        } catch (ControlException e) {
            assertNamed(e);
        }
    }

    private static void assertNamed(ControlException e) {
        assertThat(e.errno()).isPositive();
        assertThat(e.reasons()).isNotEmpty().noneMatch(String::isBlank);
    }

    private static TableLine line(String text) {
        String[] words = text.split(" ", 4);
        return new TableLine(number(words, 0), number(words, 1), word(words, 2), word(words, 3));
    }

    private static long number(String[] words, int index) {
        try {
            return Long.parseLong(word(words, index));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String word(String[] words, int index) {
        return index < words.length ? words[index] : "";
    }

    @Test
    void knownInputsEndWell() throws Exception {
        Corpus.run("table", TableFuzzTest::fuzzerTestOneInput);
    }
}
