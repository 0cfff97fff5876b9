package io.pcache.server.process;

import io.pcache.cache.CacheIo;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceName;
import io.pcache.control.LogLevel;
import io.pcache.control.QueueOptions;
import io.pcache.control.Registry;
import io.pcache.setting.Setting;
import io.pcache.sys.Errno;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a target is told at the start, as words {@code --key=value}.
 *
 * @param runDirectory {@code run-dir}: the root of the devices' run-time files
 * @param minor {@code minor}: of the device
 * @param incarnation {@code incarnation}: must be what the device's run-time files say
 * @param name {@code name}: stored form
 * @param uuid {@code uuid}: stored form; empty for none
 * @param frontEnd {@code frontend}: auto, ublk or nbd
 * @param queues {@code queues}, {@code queue-depth}: 0 for the front end's default
 * @param metrics {@code metrics}: a port, {@code unix}, or empty for none
 * @param logLevel {@code log-level}: a word of {@link LogLevel}; info unless given
 * @param cacheIo {@code cache-io}: a word of {@link CacheIo}; direct unless given
 * @param cacheDiscard {@code cache-discard}: a value of {@link Setting#CACHE_DISCARD}; empty for what suits the device
 * @param recover {@code --recover}: go on where a predecessor has ended
 * @param probe {@code --probe}: only find out whether a target could go on there
 */
public record TargetArguments(
        Path runDirectory,
        int minor,
        String incarnation,
        String name,
        String uuid,
        String frontEnd,
        QueueOptions queues,
        String metrics,
        LogLevel logLevel,
        CacheIo cacheIo,
        String cacheDiscard,
        boolean recover,
        boolean probe) {
    private static final Set<String> KEYS = Set.of("run-dir", "minor", "incarnation", "name", "uuid", "frontend");
    private static final Set<String> OPTIONAL_KEYS =
            Set.of("queues", "queue-depth", "metrics", "log-level", "cache-io", "cache-discard");

    public static TargetArguments parse(String[] words) throws ControlException {
        Map<String, String> values = new HashMap<>();
        boolean recover = false;
        boolean probe = false;
        for (String word : words) {
            if (word.equals("--recover")) {
                recover = true;
                continue;
            }
            if (word.equals("--probe")) {
                probe = true;
                continue;
            }
            int equals = word.indexOf('=');
            if (!word.startsWith("--") || equals < 0 || !isKey(word.substring(2, equals))) {
                throw wrong("unknown argument " + word);
            }
            values.put(word.substring(2, equals), word.substring(equals + 1));
        }
        for (String key : KEYS) {
            if (!values.containsKey(key)) {
                throw wrong("missing argument --" + key);
            }
        }
        String name = values.get("name");
        if (DeviceName.refusal(name) != null) {
            throw wrong(DeviceName.refusal(name));
        }
        return new TargetArguments(
                Path.of(values.get("run-dir")),
                minor(values.get("minor")),
                values.get("incarnation"),
                name,
                values.get("uuid"),
                values.get("frontend"),
                queues(values),
                metrics(values.getOrDefault("metrics", "")),
                logLevel(values.getOrDefault("log-level", "")),
                cacheIo(values.getOrDefault("cache-io", "")),
                cacheDiscard(values.getOrDefault("cache-discard", "")),
                recover,
                probe);
    }

    private static boolean isKey(String key) {
        return KEYS.contains(key) || OPTIONAL_KEYS.contains(key);
    }

    private static LogLevel logLevel(String word) throws ControlException {
        LogLevel level = word.isEmpty() ? LogLevel.INFO : LogLevel.of(word);
        if (level == null) {
            throw wrong("log-level: '" + word + "' is not "
                    + Setting.LOG_LEVEL.range().inWords());
        }
        return level;
    }

    private static CacheIo cacheIo(String word) throws ControlException {
        CacheIo io = word.isEmpty() ? CacheIo.DIRECT : CacheIo.of(word);
        if (io == null) {
            throw wrong("cache-io: '" + word + "' is not direct or buffered");
        }
        return io;
    }

    private static String cacheDiscard(String word) throws ControlException {
        if (!word.isEmpty() && Setting.CACHE_DISCARD.range().read(word) == null) {
            throw wrong("cache-discard: '" + word + "' is not "
                    + Setting.CACHE_DISCARD.range().inWords());
        }
        return word;
    }

    private static String metrics(String where) throws ControlException {
        if (!where.isEmpty() && !where.equals("unix") && !where.matches("[0-9]{1,5}")) {
            throw wrong("metrics: '" + where + "' is neither a port nor unix");
        }
        return where;
    }

    private static QueueOptions queues(Map<String, String> values) throws ControlException {
        try {
            return new QueueOptions(
                    Integer.parseInt(values.getOrDefault("queues", "0")),
                    Integer.parseInt(values.getOrDefault("queue-depth", "0")));
        } catch (IllegalArgumentException e) {
            throw wrong("queues: " + e.getMessage());
        }
    }

    private static int minor(String text) throws ControlException {
        try {
            int minor = Integer.parseInt(text);
            if (minor >= 0 && minor <= Registry.MAX_MINOR) {
                return minor;
            }
        } catch (NumberFormatException e) {
            throw wrong("minor is not a number: " + text);
        }
        throw wrong("minor out of range: " + text);
    }

    private static ControlException wrong(String what) {
        return new ControlException(
                Errno.EINVAL, "pcache: " + what + "; a target is started by pcachectl create (-EINVAL)");
    }
}
