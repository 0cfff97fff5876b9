package io.pcache.dmctl.tab;

import io.pcache.control.ByteText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The devices that come up with the machine, in the manner of crypttab: a line each, of name, cache device, backing device and options, separated by blanks; options
 * by commas. Empty lines, and what follows a {@code #} at the start of a line, are skipped. See pcache.tab(5).
 */
final class TabFile {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    /** What each option's value has to look like; null where it takes none. */
    private static final Map<String, Pattern> OPTIONS = options();
    private static final Map<String, String> TAGS =
        Map.of("UUID=", "/dev/disk/by-uuid/", "LABEL=", "/dev/disk/by-label/", "PARTUUID=", "/dev/disk/by-partuuid/", "PARTLABEL=", "/dev/disk/by-partlabel/",
            "ID=", "/dev/disk/by-id/");
    private static final int LEAST_FIELDS = 3;
    private static final int MOST_FIELDS = 4;

    private final Path file;
    private final List<TabEntry> entries = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private TabFile(Path file) {
        this.file = file;
    }

    private static Map<String, Pattern> options() {
        Map<String, Pattern> options = new LinkedHashMap<>();
        for (String flag : List.of("noauto", "nofail", "readonly", "_netdev")) {
            options.put(flag, null);
        }
        options.put("data_crc", Pattern.compile("true|false"));
        options.put("frontend", Pattern.compile("auto|ublk|nbd"));
        options.put("metrics", Pattern.compile("[0-9]{1,5}|unix"));
        options.put("uuid", Pattern.compile(".+"));
        for (String number : List.of("size", "queues", "queue-depth", "wait")) {
            options.put(number, NUMBER);
        }
        return options;
    }

    /** The names of all options. */
    static Set<String> optionNames() {
        return OPTIONS.keySet();
    }

    /** @throws TabException for the first line that cannot be used, or a file that cannot be read; one that is not there has no devices */
    static List<TabEntry> read(Path file) throws TabException {
        TabFile tab = new TabFile(file);
        try {
            int number = 0;
            for (String line : (Iterable<String>) ByteText.decode(Files.readAllBytes(file)).lines()::iterator) {
                tab.line(line.strip(), ++number);
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new TabException(file + ": cannot be read: " + e.getMessage());
        }
        return tab.entries;
    }

    private void line(String line, int number) throws TabException {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        if (!ByteText.isUtf8(line)) {
            throw wrong(number, "it holds bytes that are not UTF-8");
        }
        String[] fields = line.split("\\s+");
        if (fields.length < LEAST_FIELDS || fields.length > MOST_FIELDS) {
            throw wrong(number, "expected NAME CACHE BACKING [OPTION,...], found " + fields.length + " fields");
        }
        if (!names.add(fields[0])) {
            throw wrong(number, "'" + fields[0] + "' is there twice");
        }
        Map<String, String> options = new LinkedHashMap<>();
        if (fields.length == MOST_FIELDS && !fields[LEAST_FIELDS].equals("-")) {
            for (String option : fields[LEAST_FIELDS].split(",")) {
                option(option, number, options);
            }
        }
        entries.add(new TabEntry(fields[0], device(fields[1], number), device(fields[2], number), options));
    }

    private void option(String text, int number, Map<String, String> options) throws TabException {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        String value = equals < 0 ? "" : text.substring(equals + 1);
        if (!OPTIONS.containsKey(name)) {
            throw wrong(number, "unknown option '" + name + "'");
        }
        Pattern pattern = OPTIONS.get(name);
        if (pattern == null ? equals >= 0 : !pattern.matcher(value).matches()) {
            throw wrong(number, "option '" + text + "': " + (pattern == null ? "takes no value" : "expected " + name + "=" + pattern));
        }
        options.put(name, value);
    }

    /** A path, or a tag of the block device as in fstab. Blanks in paths are {@code \\040}, as there. */
    private String device(String word, int number) throws TabException {
        for (Map.Entry<String, String> tag : TAGS.entrySet()) {
            if (word.startsWith(tag.getKey())) {
                return tag.getValue() + word.substring(tag.getKey().length());
            }
        }
        if (!word.startsWith("/")) {
            throw wrong(number, "'" + word + "': expected an absolute path, or UUID=, LABEL=, PARTUUID=, PARTLABEL= or ID= of a block device");
        }
        return word.replace("\\040", " ").replace("\\011", "\t");
    }

    private TabException wrong(int number, String what) {
        return new TabException(file + ": line " + number + ": " + what);
    }
}
