package io.pcache.dmctl.tab;

import io.pcache.control.ByteText;
import io.pcache.control.DeviceName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The devices that come up with the machine, in the manner of crypttab. Each line has a name, a cache device, a backing
 * device and options, separated by blanks; commas separate options. Empty lines, and lines that begin with {@code #},
 * are skipped. An error concerns only its line: the other lines count. See pcache.tab(5).
 *
 * <p>The systemd generator, {@code scripts/system/pcache-generator}, reads the same language, because it cannot wait
 * for a JVM. Tests hold both readers to one table of odd lines, {@code tab-lines.txt}.
 */
final class TabFile {
    private static final int LEAST_FIELDS = 3;
    private static final int MOST_FIELDS = 4;
    /** Room for thousands of devices. A larger file is no tab, and the file must fit in memory. */
    private static final int MOST_BYTES = 1 << 20;
    /** Some editors begin a file with this mark. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final Path file;
    private final List<TabLine> lines = new ArrayList<>();
    /** The names in lines without errors, in stored form. */
    private final Set<String> names = new HashSet<>();

    private TabFile(Path file) {
        this.file = file;
    }

    /** @throws TabException when the file cannot be read; a file that does not exist has no lines */
    static List<TabLine> read(Path file) throws TabException {
        String text;
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new TabException(file + ": not a regular file, so no tab");
            }
            if (Files.exists(file) && Files.size(file) > MOST_BYTES) {
                throw new TabException(
                        file + ": " + Files.size(file) + " bytes, a tab has at most " + MOST_BYTES + ": no tab");
            }
            text = ByteText.decode(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new TabException(file + ": cannot be read: " + e.getMessage());
        }
        TabFile tab = new TabFile(file);
        int number = 0;
        for (String line : (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).split("\n", -1)) {
            tab.line(TabWords.trimmed(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line), ++number);
        }
        return tab.lines;
    }

    private void line(String line, int number) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] fields = TabWords.fields(line);
        boolean mayFail = mayFail(fields);
        String name = null;
        try {
            TabWords.checkText(line);
            name = TabWords.checkedName(fields[0]);
            TabEntry entry = entry(fields);
            if (!names.add(DeviceName.mangle(name))) {
                throw new TabException("'" + name + "' is there twice");
            }
            lines.add(new TabLine(name, mayFail, entry, null));
        } catch (TabException e) {
            lines.add(new TabLine(name, mayFail, null, file + ": line " + number + ": " + e.getMessage()));
        }
    }

    /** Whether a line has the option nofail; the rest of the line may be wrong. */
    private static boolean mayFail(String[] fields) {
        for (int i = LEAST_FIELDS; i < fields.length; i++) {
            if (List.of(fields[i].split(",")).contains(TabOptions.NOFAIL)) {
                return true;
            }
        }
        return false;
    }

    private static TabEntry entry(String[] fields) throws TabException {
        if (fields.length < LEAST_FIELDS || fields.length > MOST_FIELDS) {
            throw new TabException("expected NAME CACHE BACKING [OPTION,...], found " + fields.length
                    + (fields.length == 1 ? " field" : " fields"));
        }
        String cache = TabWords.device(fields[1]);
        String backing = TabWords.device(fields[2]);
        Map<String, String> options = fields.length == MOST_FIELDS ? TabOptions.parse(fields[LEAST_FIELDS]) : Map.of();
        return new TabEntry(fields[0], cache, backing, options);
    }
}
