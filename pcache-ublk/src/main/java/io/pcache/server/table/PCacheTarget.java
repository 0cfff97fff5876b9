package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.CacheIo;
import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.control.LogLevel;
import io.pcache.control.TableLine;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.segment.SegmentMap;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingRange;
import io.pcache.setting.SettingValues;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.List;

/** A running cache as a line of a table. Owns both devices and the engine. */
public final class PCacheTarget implements Target {
    private final TableLine table;
    private final SettingValues options;
    private final LowerDevice cacheDevice;
    private final LowerDevice backingDevice;
    private final CacheMemory memory;
    private final BackingDevice backing;
    private final CacheFactory.Cache cache;
    private final HostProcess host;
    private final Runnable onClosed;

    /** @param onClosed called when both devices are free again */
    PCacheTarget(
            TableLine line,
            LowerDevice cacheDevice,
            LowerDevice backingDevice,
            SettingValues options,
            CacheMemory memory,
            BackingDevice backing,
            CacheFactory.Cache cache,
            HostProcess host,
            Runnable onClosed) {
        // Always all options, under the names that the constructor takes, so that what "table" prints can be loaded.
        this.table = new TableLine(
                line.start(),
                line.length(),
                PCacheType.NAME,
                cacheDevice.tableWord() + " " + backingDevice.tableWord() + " " + options.optionWords());
        this.cacheDevice = cacheDevice;
        this.backingDevice = backingDevice;
        this.options = options;
        this.memory = memory;
        this.backing = backing;
        this.cache = cache;
        this.host = host;
        this.onClosed = onClosed;
    }

    BlockDevice device() {
        return cache.device();
    }

    /** The mark by which a successor knows the cache. */
    public CacheMark mark() {
        return new CacheMark(cacheDevice.identity(), cache.uuid());
    }

    public String cacheDescription() {
        CacheIo io = cache.cacheIo();
        if (io == null) {
            return memory.describe();
        }
        return memory.describe()
                + (io == CacheIo.DIRECT
                        ? "; data by direct I/O, the log mostly through the page cache"
                        : "; data and log through the page cache");
    }

    /** Whether each write takes a page of the machine's memory. */
    public boolean isBehindPageCache() {
        return memory.kind() == CacheMemory.Kind.PAGE_CACHE;
    }

    public String backingDescription() {
        return backing.describe();
    }

    @Override
    public TableLine table() {
        return table;
    }

    @Override
    public TableLine status() {
        return new TableLine(table.start(), table.length(), table.type(), cache.statusLine());
    }

    @Override
    public List<DeviceProblem> problems() {
        return cache.problems();
    }

    @Override
    public List<Dependency> dependencies() {
        return List.of(backingDevice.dependency(), cacheDevice.dependency());
    }

    @Override
    public List<Dependency> backing() {
        return List.of(backingDevice.dependency());
    }

    @Override
    public boolean takesMessages() {
        return true;
    }

    @Override
    public void message(List<String> words) throws ControlException {
        String word = words.get(0);
        Setting setting = Setting.message(word);
        if (setting != null) {
            set(setting, value(setting, words));
        } else if (TargetMessage.of(word) == TargetMessage.WRITEBACK) {
            retryWriteBack(words);
        } else {
            throw refusal("unknown message '" + word + "'; known are: " + TargetMessage.usages());
        }
    }

    private void retryWriteBack(List<String> words) throws ControlException {
        if (words.size() != 1) {
            throw refusal(TargetMessage.WRITEBACK.word() + " takes no argument");
        }
        cache.retryWriteBack();
    }

    private static String value(Setting setting, List<String> words) throws ControlException {
        SettingRange range = setting.range();
        if (words.size() != 2) {
            throw refusal(setting.key() + " takes one "
                    + (range.isNumber() ? "number, " + range.synopsis() : "word: " + range.inWords()));
        }
        String value = range.read(words.get(1));
        if (value == null) {
            throw refusal(setting.key()
                    + (range.isNumber() ? " must be " + range.synopsis() : " takes one word: " + range.inWords()));
        }
        return value;
    }

    private void set(Setting setting, String value) throws ControlException {
        if (setting == Setting.LOG_LEVEL) {
            host.setLogLevel(LogLevel.of(value));
            return;
        }
        try {
            cache.set(setting, value);
        } catch (UnsupportedOperationException e) {
            throw new ControlException(Errno.EOPNOTSUPP, e, "pcache: " + e.getMessage() + " (-EOPNOTSUPP)");
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO, e, "pcache: " + setting.key() + " could not be stored: " + e.getMessage() + " (-EIO)");
        }
    }

    @Override
    public SettingValues settings() {
        return cache.settings(options).with(Setting.LOG_LEVEL, host.logLevel().word());
    }

    private static ControlException refusal(String reason) {
        return new ControlException(Errno.EINVAL, "pcache: " + reason + " (-EINVAL)");
    }

    @Override
    public JsonObject stats(long since) {
        return cache.stats(since);
    }

    @Override
    public SegmentMap map() {
        return cache.map();
    }

    @Override
    public void flush() throws IOException {
        cache.flush();
    }

    @Override
    public void close() throws IOException {
        try {
            cache.close();
        } finally {
            onClosed.run();
        }
    }
}
