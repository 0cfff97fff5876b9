package io.pcache.dmctl.tab;

import io.pcache.dmctl.grammar.Option;
import io.pcache.media.DeviceLayout;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A device of the tab.
 *
 * @param name the name as typed
 * @param cache the path of the cache device
 * @param backing the path of the backing device
 * @param options the options that were given, by name; an option without a value has an empty one
 */
record TabEntry(String name, String cache, String backing, Map<String, String> options) {
    /** systemd waits so long for a device. */
    private static final String DEVICE_TIMEOUT_SECONDS = "90";

    /** Whether the device comes up only when a command names the device. */
    boolean isManual() {
        return options.containsKey(TabOptions.NOAUTO);
    }

    /** How long to wait for the cache device and the backing device, where the command asks for waiting. */
    int deviceTimeoutSeconds() {
        return Integer.parseInt(options.getOrDefault(TabOptions.DEVICE_TIMEOUT, DEVICE_TIMEOUT_SECONDS));
    }

    /**
     * The arguments of pcachectl that make the device.
     *
     * @param place where the backing device is found now
     * @throws IOException when the backing device's size is needed and cannot be told
     * @throws TabException when the line does not fit the cache that is on the cache device
     */
    List<String> createArguments(BackingPlace place) throws IOException, TabException {
        List<String> words = new ArrayList<>(List.of("create"));
        for (Option option : TabOptions.OF_CREATE) {
            String value = options.get(option.longName());
            if (value != null) {
                words.add("--" + option.longName());
                words.add(value);
            }
        }
        if (options.containsKey(TabOptions.READONLY)) {
            words.add("--readonly");
        }
        String device = place.of(backing);
        words.add("--table");
        words.add("0 " + sectors(device) + " pcache " + quoted(cache) + " " + quoted(device) + " "
                + settings().optionWords());
        words.add("--");
        words.add(name);
        return words;
    }

    /** The settings that the table is to have. */
    private SettingValues settings() throws TabException {
        SettingValues settings = SettingValues.DEFAULTS;
        for (Setting setting : Setting.options()) {
            if (options.containsKey(setting.key())) {
                settings = settings.with(setting, options.get(setting.key()));
            }
        }
        return settings.with(Setting.DATA_CRC, dataCrc());
    }

    /**
     * The value of data_crc: the line's, or else as the cache was made, because a table has to say the same. A new
     * cache keeps checksums.
     */
    private String dataCrc() throws TabException {
        Optional<Boolean> made = CacheMade.withDataCrc(cache);
        String given = options.get(Setting.DATA_CRC.key());
        if (given == null) {
            return made.orElse(true).toString();
        }
        if (made.isPresent() && !made.get().toString().equals(given)) {
            throw new TabException(name + ": the tab says data_crc=" + given + ", but the cache on " + cache
                    + " was made with data_crc " + made.get() + ", which stays: leave data_crc out of the tab's line");
        }
        return given;
    }

    /** A path as a word of a table, where a backslash keeps the next character. */
    private static String quoted(String path) {
        return path.replaceAll("([\\\\\\s#])", "\\\\$1");
    }

    private String sectors(String device) throws IOException {
        String given = options.get("size");
        if (given != null) {
            return given;
        }
        try (FileChannel channel = FileChannel.open(Path.of(device), StandardOpenOption.READ)) {
            return Long.toString(channel.size() / DeviceLayout.SECTOR_BYTES);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no such device or file", e);
        }
    }
}
