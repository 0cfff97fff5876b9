package io.pcache.setting;

import io.pcache.media.DeviceLayout;
import io.pcache.route.CacheMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The settings of a device, with a row for each. The first two and their texts are those of the kernel's target;
 * {@code gc_percent} is the kernel target's message.
 */
public enum Setting {
    CACHE_MODE(
            "cache_mode",
            SettingRange.words(CacheMode.words()),
            CacheMode.WRITEBACK.word(),
            Kept.TABLE,
            Effect.ACTIVATION,
            "when a write is acknowledged, and who writes the backing device"),
    DATA_CRC(
            "data_crc",
            SettingRange.flag(),
            "false",
            Kept.CACHE_DEVICE,
            Effect.FORMAT,
            "whether checksums of cached data are kept, and verified at each read and at activation"),
    GC_PERCENT(
            "gc_percent",
            SettingRange.number(0, DeviceLayout.GC_PERCENT_MAX, "percent"),
            Integer.toString(DeviceLayout.GC_PERCENT_DEFAULT),
            Kept.CACHE_DEVICE,
            Effect.AT_ONCE,
            "share of used segments from which on the oldest data is dropped"),
    CACHE_DISCARD(
            "cache_discard",
            SettingRange.flag(),
            "false",
            "true for an SSD that takes discards, else false",
            Kept.TARGET,
            Effect.AT_ONCE,
            "whether segments that are freed are discarded on the cache device"),
    LOG_LEVEL(
            "log_level",
            SettingRange.words("error", "warning", "info", "debug"),
            "info",
            Kept.TARGET,
            Effect.AT_ONCE,
            "the least serious kind of line that the target writes to its log");

    /** Where a value is kept, and how long. */
    public enum Kept {
        /** In the table: given at each activation, printed by {@code table}. */
        TABLE("the table"),
        /** On the cache device: kept whatever happens to the table and the machine. */
        CACHE_DEVICE("the cache device"),
        /** With the target: kept until the device is removed. */
        TARGET("the target");

        private final String text;

        Kept(String text) {
            this.text = text;
        }

        /** For the manual. */
        public String text() {
            return text;
        }
    }

    /** When a value takes effect. This also says how the value is given. */
    public enum Effect {
        /** When the cache is formatted. A later table with another value is refused. */
        FORMAT("when the cache is formatted"),
        /** At activation, from the table. */
        ACTIVATION("at activation"),
        /** At once, by a message. */
        AT_ONCE("at once");

        private final String text;

        Effect(String text) {
            this.text = text;
        }

        /** For the manual. */
        public String text() {
            return text;
        }
    }

    /** The other name of {@link #DATA_CRC}, which the kernel's {@code table} prints. */
    private static final String KERNEL_DATA_CRC = "crc";

    private final String key;
    private final SettingRange range;
    private final String defaultValue;
    private final String defaultText;
    private final Kept kept;
    private final Effect effect;
    private final String meaning;

    Setting(String key, SettingRange range, String defaultValue, Kept kept, Effect effect, String meaning) {
        this(key, range, defaultValue, defaultValue, kept, effect, meaning);
    }

    Setting(
            String key,
            SettingRange range,
            String defaultValue,
            String defaultText,
            Kept kept,
            Effect effect,
            String meaning) {
        this.key = key;
        this.range = range;
        this.defaultValue = defaultValue;
        this.defaultText = defaultText;
        this.kept = kept;
        this.effect = effect;
        this.meaning = meaning;
    }

    /** The name in tables, messages and JSON. */
    public String key() {
        return key;
    }

    public SettingRange range() {
        return range;
    }

    public String defaultValue() {
        return defaultValue;
    }

    /** For the manual: the default, or on what the default depends. */
    public String defaultText() {
        return defaultText;
    }

    public Kept kept() {
        return kept;
    }

    public Effect effect() {
        return effect;
    }

    /** For the manual, a clause without a full stop. */
    public String meaning() {
        return meaning;
    }

    /** Whether the setting is an option of the table's line. */
    public boolean isOption() {
        return effect != Effect.AT_ONCE;
    }

    /** Whether a message changes the setting while the device is in use. */
    public boolean isMessage() {
        return effect == Effect.AT_ONCE;
    }

    /** The options of the table's line, in the order in which {@code table} prints them. */
    public static List<Setting> options() {
        return all(true);
    }

    /** The settings that messages change, in the manual's order. */
    public static List<Setting> messages() {
        return all(false);
    }

    private static List<Setting> all(boolean options) {
        List<Setting> settings = new ArrayList<>();
        for (Setting setting : values()) {
            if (setting.isOption() == options) {
                settings.add(setting);
            }
        }
        return settings;
    }

    /**
     * The option that a word of the table's line names, as the table's constructor reads the word; null if the word
     * names none.
     */
    public static Setting option(String word) {
        Setting setting = word.equals(KERNEL_DATA_CRC) ? DATA_CRC : of(word);
        return setting != null && setting.isOption() ? setting : null;
    }

    /** The setting that a message with this first word changes, whatever the word's case; null if there is none. */
    public static Setting message(String word) {
        Setting setting = of(word.toLowerCase(Locale.ROOT));
        return setting != null && setting.isMessage() ? setting : null;
    }

    /** The setting of this name; null if there is none. */
    public static Setting of(String key) {
        for (Setting setting : values()) {
            if (setting.key.equals(key)) {
                return setting;
            }
        }
        return null;
    }
}
