package io.pcache.dmctl.publish;

import io.pcache.setting.Setting;

/** The paragraphs about settings that the manual page pcache(5) has, one for each row of the table of settings. */
public final class SettingsManual {
    private SettingsManual() {}

    /** The paragraphs in man(7)'s language, with a newline at the end. */
    public static String text() {
        StringBuilder text = new StringBuilder();
        for (Setting setting : Setting.values()) {
            text.append(".TP\n.B ").append(setting.key()).append('\n');
            text.append(capital(setting.meaning())).append(".\n");
            text.append("Values: ").append(setting.range().inWords());
            text.append("; default: ").append(setting.defaultText()).append(".\n");
            text.append("Given by ").append(setting.isOption() ? "the table" : "a message");
            text.append("; takes effect ").append(setting.effect().text());
            text.append("; kept with ").append(setting.kept().text()).append(".\n");
        }
        return text.toString();
    }

    private static String capital(String clause) {
        return Character.toUpperCase(clause.charAt(0)) + clause.substring(1);
    }
}
