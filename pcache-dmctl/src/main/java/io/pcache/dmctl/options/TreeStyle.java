package io.pcache.dmctl.options;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** How {@code ls --tree} draws. */
public record TreeStyle(Symbols symbols, Set<Part> parts) {

    /** What is shown of a device, and how devices are arranged. */
    public enum Part {
        /** Device numbers. */
        NUMBER,
        /** The kernel's names of devices. */
        BLOCK_NAME,
        /** ACTIVE or SUSPENDED. */
        ACTIVE,
        /** RO or RW. */
        READ_WRITE,
        OPEN_COUNT,
        UUID,
        /** The first child of a device stands on the device's line. */
        COMPACT,
        /** The tree grows from the bottom devices up. */
        INVERTED,
        /** Lines are cut at the width of the terminal. */
        TRUNCATE
    }

    /** The strokes of a tree. The names tell where each stroke stands. */
    public enum Symbols {
        ASCII("|-", "| ", "`-", "---", "-+-"),
        UTF("├─", "│ ", "└─", "───", "─┬─"),
        VT100(
                "\033(0\017tq\033(B",
                "\033(0\017x\033(B ",
                "\033(0\017mq\033(B",
                "\033(0\017qqq\033(B",
                "\033(0\017qwq\033(B");

        public final String branch;
        public final String vertical;
        public final String last;
        public final String single;
        public final String first;

        Symbols(String branch, String vertical, String last, String single, String first) {
            this.branch = branch;
            this.vertical = vertical;
            this.last = last;
            this.single = single;
            this.first = first;
        }
    }

    /** The order matters: an abbreviation means the first word that begins with the abbreviation. */
    private static final String[] WORDS = {
        "device",
        "blkdevname",
        "nodevice",
        "status",
        "table",
        "active",
        "rw",
        "open",
        "uuid",
        "compact",
        "inverted",
        "notrunc",
        "ascii",
        "utf",
        "vt100"
    };

    static TreeStyle forLocale(Map<String, String> environment) {
        return new TreeStyle(
                CallerLocale.isUtf8(environment) ? Symbols.UTF : Symbols.ASCII, EnumSet.of(Part.NUMBER, Part.TRUNCATE));
    }

    public boolean has(Part part) {
        return parts.contains(part);
    }

    /** @param text words, separated by commas */
    TreeStyle with(String text) throws OptionException {
        TreeStyle style = new TreeStyle(symbols, EnumSet.copyOf(parts));
        for (int from = 0; from < text.length(); ) {
            int comma = text.indexOf(',', from);
            String typed = text.substring(from, comma < 0 ? text.length() : comma);
            String word = complete(typed);
            if (word == null) {
                throw new OptionException("Tree options not recognised: " + text.substring(from) + ".");
            }
            style = style.apply(word);
            from += typed.length() + 1;
        }
        return style;
    }

    private static String complete(String typed) {
        for (String word : WORDS) {
            if (word.startsWith(typed)) {
                return word;
            }
        }
        return null;
    }

    private TreeStyle apply(String word) {
        switch (word) {
            case "device" -> parts.add(Part.NUMBER);
            case "nodevice" -> parts.remove(Part.NUMBER);
            case "blkdevname" -> parts.add(Part.BLOCK_NAME);
            case "active" -> parts.add(Part.ACTIVE);
            case "rw" -> parts.add(Part.READ_WRITE);
            case "open" -> parts.add(Part.OPEN_COUNT);
            case "uuid" -> parts.add(Part.UUID);
            case "compact" -> parts.add(Part.COMPACT);
            case "inverted" -> parts.add(Part.INVERTED);
            case "notrunc" -> parts.remove(Part.TRUNCATE);
            case "ascii" -> {
                return new TreeStyle(Symbols.ASCII, parts);
            }
            case "utf" -> {
                return new TreeStyle(Symbols.UTF, parts);
            }
            case "vt100" -> {
                return new TreeStyle(Symbols.VT100, parts);
            }
            default -> {
                // dmsetup takes status and table, without effect.
            }
        }
        return this;
    }
}
