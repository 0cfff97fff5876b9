package io.pcache.setting;

import java.util.EnumMap;
import java.util.Map;

/** A value for each setting. A setting that was not given has its default. Immutable. */
public final class SettingValues {
    /** Every default. */
    public static final SettingValues DEFAULTS = new SettingValues(new EnumMap<>(Setting.class));

    private final Map<Setting, String> given;

    private SettingValues(Map<Setting, String> given) {
        this.given = given;
    }

    /**
     * The same values, but with another value for one setting.
     *
     * @throws IllegalArgumentException when the value is not in the setting's range
     */
    public SettingValues with(Setting setting, String value) {
        String read = setting.range().read(value);
        if (read == null) {
            throw new IllegalArgumentException(
                    setting.key() + " must be " + setting.range().inWords());
        }
        Map<Setting, String> more = new EnumMap<>(Setting.class);
        more.putAll(given);
        more.put(setting, read);
        return new SettingValues(more);
    }

    public String word(Setting setting) {
        return given.getOrDefault(setting, setting.defaultValue());
    }

    public boolean flag(Setting setting) {
        return word(setting).equals("true");
    }

    public long number(Setting setting) {
        return Long.parseLong(word(setting));
    }

    /**
     * The option words with their count, as at the end of a table's line: {@code 4 cache_mode writeback data_crc true}.
     */
    public String optionWords() {
        StringBuilder words = new StringBuilder();
        for (Setting setting : Setting.options()) {
            words.append(' ').append(setting.key()).append(' ').append(word(setting));
        }
        return 2 * Setting.options().size() + words.toString();
    }
}
