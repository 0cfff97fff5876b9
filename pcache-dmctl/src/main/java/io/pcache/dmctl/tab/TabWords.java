package io.pcache.dmctl.tab;

import io.pcache.control.ByteText;
import io.pcache.control.DeviceName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** The words of the tab: names of devices, and paths of {@code /dev}. */
final class TabWords {
    /**
     * As in fstab, how characters of a path are written that the tab would take for a blank or a comment. The backslash
     * comes last, so that a backslash that results is not read again.
     */
    private static final String[][] ESCAPES = {{"\\040", " "}, {"\\011", "\t"}, {"\\043", "#"}, {"\\134", "\\"}};

    private static final Map<String, String> TAGS = Map.of(
            "UUID=",
            "by-uuid",
            "LABEL=",
            "by-label",
            "PARTUUID=",
            "by-partuuid",
            "PARTLABEL=",
            "by-partlabel",
            "ID=",
            "by-id");
    /**
     * Characters that udev leaves as they are in a link that is made of a device's content. Letters, digits and
     * characters beyond ASCII stay, too.
     */
    private static final String UDEV_PLAIN = "#+-.:=@_";

    private static final char DELETE = 0x7f;
    private static final char FIRST_BEYOND_ASCII = 0x80;

    private TabWords() {}

    /** A line without the blanks around it. As everywhere in the tab, spaces and tabs are blanks. */
    static String trimmed(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && isBlank(line.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(line.charAt(to - 1))) {
            to--;
        }
        return line.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** The fields of a line that has no blanks around it. */
    static String[] fields(String line) {
        return line.split("[ \t]+");
    }

    static void checkText(String line) throws TabException {
        if (line.chars().anyMatch(c -> c < ' ' && c != '\t' || c == DELETE)) {
            throw new TabException("it holds control characters");
        }
        if (!ByteText.isUtf8(line)) {
            throw new TabException("it holds bytes that are not UTF-8");
        }
    }

    /** @return the name */
    static String checkedName(String name) throws TabException {
        String reason = name.equals("control") || name.equals(".") || name.equals("..")
                ? "it has another meaning"
                : name.indexOf('/') >= 0
                        ? "it holds a '/'"
                        : storedLength(name) == Integer.MAX_VALUE
                                ? "it mixes characters that are written as \\xHH with others that would have to be"
                                : storedLength(name) > DeviceName.MAX_NAME_BYTES ? "it is too long" : null;
        if (reason != null) {
            throw new TabException("'" + name + "' cannot be a device's name: " + reason);
        }
        return name;
    }

    /**
     * The length in bytes of a name or uuid in stored form; {@link Integer#MAX_VALUE} where the text has no stored
     * form.
     */
    static int storedLength(String text) {
        String stored = DeviceName.mangle(text);
        return stored == null || text.contains("\\x") && !stored.equals(text) ? Integer.MAX_VALUE : stored.length();
    }

    /**
     * The path that a word for a device means: an absolute path, or a tag of the block device as in fstab.
     *
     * @throws TabException where the word means no path
     */
    static String device(String word) throws TabException {
        for (Map.Entry<String, String> tag : TAGS.entrySet()) {
            if (word.startsWith(tag.getKey())) {
                String value = unescaped(unquoted(word.substring(tag.getKey().length())));
                if (value.isEmpty()) {
                    throw new TabException("'" + word + "': there is nothing behind the =");
                }
                // A link by id is taken as it is, because udev makes such links of text that needs no encoding.
                return path(
                        "/dev/disk/" + tag.getValue() + "/" + (tag.getKey().equals("ID=") ? value : encoded(value)),
                        word);
            }
        }
        if (!word.startsWith("/")) {
            throw new TabException("'" + word
                    + "': expected an absolute path, or UUID=, LABEL=, PARTUUID=, PARTLABEL= or ID= of a block device");
        }
        return path(unescaped(word), word);
    }

    /** A value without the quotes in which blkid prints a value, so that blkid's output can be pasted. */
    private static String unquoted(String value) {
        int last = value.length() - 1;
        boolean quoted = last > 0
                && value.charAt(0) == value.charAt(last)
                && (value.charAt(0) == '"' || value.charAt(0) == '\'');
        return quoted ? value.substring(1, last) : value;
    }

    private static String unescaped(String text) {
        String result = text;
        for (String[] escape : ESCAPES) {
            result = result.replace(escape[0], escape[1]);
        }
        return result;
    }

    /** A label, or the like, in the form that udev gives it in the name of a link. */
    private static String encoded(String value) {
        StringBuilder link = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean plain = c >= '0' && c <= '9'
                    || c >= 'A' && c <= 'Z'
                    || c >= 'a' && c <= 'z'
                    || c >= FIRST_BEYOND_ASCII
                    || UDEV_PLAIN.indexOf(c) >= 0;
            link.append(plain ? String.valueOf(c) : String.format("\\x%02x", (int) c));
        }
        return link.toString();
    }

    /** A path without double slashes and dots, from which systemd makes the names of units. */
    private static String path(String path, String word) throws TabException {
        Deque<String> elements = new ArrayDeque<>();
        for (String element : path.split("/")) {
            if (element.equals("..")) {
                throw new TabException("'" + word + "': a path without .. is expected");
            }
            if (!element.isEmpty() && !element.equals(".")) {
                elements.add(element);
            }
        }
        return "/" + String.join("/", elements);
    }
}
