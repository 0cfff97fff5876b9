package io.pcache.control;

import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;

/** Settings in JSON: by their keys, flags as booleans, numbers as numbers, words as strings. */
public final class SettingsJson {
    /** The name of the object with the settings, in the protocol and in what {@code status --json} prints. */
    public static final String KEY = "settings";

    private SettingsJson() {}

    public static JsonObject of(SettingValues values) {
        JsonObject json = new JsonObject();
        for (Setting setting : Setting.values()) {
            if (setting.range().isNumber()) {
                json.put(setting.key(), values.number(setting));
            } else if (setting.range().isFlag()) {
                json.put(setting.key(), values.flag(setting));
            } else {
                json.put(setting.key(), values.word(setting));
            }
        }
        return json;
    }

    /**
     * The settings of a reply; null where the reply has none. Settings that this version does not know are left out,
     * missing settings have their defaults.
     */
    public static SettingValues read(JsonObject json) {
        if (json == null) {
            return null;
        }
        SettingValues values = SettingValues.DEFAULTS;
        for (Setting setting : Setting.values()) {
            Object value = json.members().get(setting.key());
            if (value != null && setting.range().read(value.toString()) != null) {
                values = values.with(setting, value.toString());
            }
        }
        return values;
    }
}
