package io.pcache.server;

import io.pcache.backing.BackingDevice;
import io.pcache.control.CacheMark;
import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.control.LogLevel;
import io.pcache.control.TableLine;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.segment.SegmentMap;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.List;

/** A running cache as a table's line. Owns both devices and the engine. */
final class PCacheTarget implements Target {
    private final TableLine table;
    private final LowerDevice cacheDevice;
    private final LowerDevice backingDevice;
    private final CacheMemory memory;
    private final BackingDevice backing;
    private final CacheFactory.Cache cache;
    private final HostProcess host;
    private final Runnable onClosed;

    /** @param onClosed called when the devices are free */
    PCacheTarget(
            TableLine line,
            LowerDevice cacheDevice,
            LowerDevice backingDevice,
            CacheOptions options,
            CacheMemory memory,
            BackingDevice backing,
            CacheFactory.Cache cache,
            HostProcess host,
            Runnable onClosed) {
        // Both options always, under the names that the constructor takes: what table prints can be loaded.
        this.table = new TableLine(
                line.start(),
                line.length(),
                PCacheType.NAME,
                cacheDevice.tableWord() + " " + backingDevice.tableWord() + " 4 cache_mode writeback data_crc "
                        + options.dataCrc());
        this.cacheDevice = cacheDevice;
        this.backingDevice = backingDevice;
        this.memory = memory;
        this.backing = backing;
        this.cache = cache;
        this.host = host;
        this.onClosed = onClosed;
    }

    BlockDevice device() {
        return cache.device();
    }

    /** By which a successor knows the cache. */
    CacheMark mark() {
        return new CacheMark(cacheDevice.identity(), cache.uuid());
    }

    String cacheDescription() {
        return memory.describe();
    }

    /** Whether what is written takes a page of the machine's memory. */
    boolean isBehindPageCache() {
        return memory.kind() == CacheMemory.Kind.PAGE_CACHE;
    }

    String backingDescription() {
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
        TargetMessage message = TargetMessage.of(words.get(0));
        if (message == null) {
            throw refusal("unknown message '" + words.get(0) + "'; known are: " + TargetMessage.usages());
        }
        switch (message) {
            case GC_PERCENT -> setGcPercent(words);
            case WRITEBACK -> retryWriteBack(words);
            case LOG_LEVEL -> setLogLevel(words);
        }
    }

    private void setLogLevel(List<String> words) throws ControlException {
        LogLevel level = words.size() == 2 ? LogLevel.of(words.get(1)) : null;
        if (level == null) {
            throw refusal("log_level takes one word: " + LogLevel.words());
        }
        host.setLogLevel(level);
    }

    private void retryWriteBack(List<String> words) throws ControlException {
        if (words.size() != 1) {
            throw refusal("writeback takes no argument");
        }
        cache.retryWriteBack();
    }

    private void setGcPercent(List<String> words) throws ControlException {
        if (words.size() != 2) {
            throw refusal("gc_percent takes one number, 0.." + DeviceLayout.GC_PERCENT_MAX);
        }
        int percent = percent(words.get(1));
        if (percent < 0) {
            throw refusal("gc_percent must be 0.." + DeviceLayout.GC_PERCENT_MAX);
        }
        try {
            cache.setGcPercent(percent);
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO, e, "pcache: gc_percent could not be stored: " + e.getMessage() + " (-EIO)");
        }
    }

    /** As the kernel reads it: decimal, with a plus sign or leading zeros. -1 for what is out of range or no number. */
    private static int percent(String word) {
        String digits = word.startsWith("+") ? word.substring(1) : word;
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int percent = 0;
        for (int i = 0; i < digits.length(); i++) {
            percent = Math.min(DeviceLayout.GC_PERCENT_MAX + 1, percent * 10 + digits.charAt(i) - '0');
        }
        return percent <= DeviceLayout.GC_PERCENT_MAX ? percent : -1;
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
