package io.pcache.dmctl.options;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells from the caller's locale which characters may be drawn. */
public final class CallerLocale {
    /**
     * The launcher's variable comes first, because the launcher runs Java in a locale of its own. The others follow in
     * the order of setlocale(3).
     */
    private static final List<String> NAMES = List.of("PCACHECTL_LOCALE", "LC_ALL", "LC_CTYPE", "LANG");

    private CallerLocale() {}

    /** Whether the terminal shows characters beyond ASCII as themselves. */
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
