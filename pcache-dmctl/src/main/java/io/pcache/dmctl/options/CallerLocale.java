package io.pcache.dmctl.options;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the caller's locale says of what may be drawn. */
public final class CallerLocale {
    /** The launcher's first: it runs Java in a locale of its own. Then in the order that setlocale(3) has. */
    private static final List<String> NAMES = List.of("PCACHECTL_LOCALE", "LC_ALL", "LC_CTYPE", "LANG");

    private CallerLocale() {}

    /** Whether characters beyond ASCII are shown as what they are. */
    public static boolean isUtf8(Map<String, String> environment) {
        for (String name : NAMES) {
            String value = environment.getOrDefault(name, "").toUpperCase(Locale.ROOT);
            if (!value.isEmpty()) {
                return value.contains("UTF-8") || value.contains("UTF8");
            }
        }
        return false;
    }
}
