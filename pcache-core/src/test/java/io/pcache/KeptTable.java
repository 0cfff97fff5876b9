package io.pcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What tests found, as a table for people among the test resources ({@code tables/NAME.txt}). The tests keep the table
 * true: an entry that is not in the table is a failure. {@code -Dpcache.tables=write} writes the table anew, when all
 * of its tests are run.
 */
public final class KeptTable {
    private static final boolean WRITE = "write".equals(System.getProperty("pcache.tables"));

    private final String name;
    private final String heading;
    private final List<String> entries = new ArrayList<>();

    /** @param heading stands in front of the entries */
    public KeptTable(String name, String heading) {
        this.name = name;
        this.heading = heading;
    }

    /** @param entry one line or more; an entry begins without a blank */
    public void add(String entry) {
        entries.add(entry);
        if (!WRITE) {
            assertThat(kept())
                    .as("entries of tables/%s.txt; -Dpcache.tables=write writes it anew", name)
                    .contains(entry);
        }
    }

    private List<String> kept() {
        try (InputStream file = KeptTable.class.getResourceAsStream("/tables/" + name + ".txt")) {
            return entriesOf(new String(file.readAllBytes(), StandardCharsets.UTF_8).substring(heading.length()));
        } catch (IOException e) {
            throw new AssertionError("cannot read tables/" + name + ".txt", e);
        }
    }

    private static List<String> entriesOf(String text) {
        return Arrays.stream(text.split("\n(?! )"))
                .map(String::stripTrailing)
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /**
     * To be called when all tests have ended.
     *
     * @param all the number of entries when all tests were run
     */
    public void close(int all) throws IOException {
        if (entries.size() < all) {
            return;
        }
        if (WRITE) {
            Path file = Path.of("src/test/resources/tables", name + ".txt");
            Files.createDirectories(file.getParent());
            Files.writeString(file, heading + String.join("\n", entries) + "\n");
        } else {
            assertThat(kept()).as("tables/%s.txt", name).containsExactlyElementsOf(entries);
        }
    }
}
