package io.pcache.server.table;

import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.control.TableLine;
import io.pcache.segment.SegmentMap;
import io.pcache.setting.SettingValues;
import java.io.IOException;
import java.util.List;

/** What a line of a table has become. All methods are for control threads. */
public interface Target {
    /** The line with start, length and type as loaded, and with the arguments in their normal form. */
    TableLine table();

    /** The line with the target's state in place of the arguments. */
    TableLine status();

    /** What is wrong; empty when all is well. */
    default List<DeviceProblem> problems() {
        return List.of();
    }

    /** What is set of it; null where nothing can be. */
    default SettingValues settings() {
        return null;
    }

    /** Devices that the target holds open. */
    List<Dependency> dependencies();

    /** Devices whose content is what the target shows. */
    default List<Dependency> backing() {
        return List.of();
    }

    boolean takesMessages();

    /** @param words at least one */
    void message(List<String> words) throws ControlException;

    /** Counters since the target was made; see {@link CacheFactory.Cache#stats}. */
    JsonObject stats(long since);

    /** What each segment of the target's cache holds; null for a target without a cache. */
    default SegmentMap map() {
        return null;
    }

    /**
     * Makes all durable that was acknowledged.
     *
     * @throws IOException when something could not be made durable; the target goes on
     */
    void flush() throws IOException;

    /**
     * Gives all devices and all memory back.
     *
     * @throws IOException when something acknowledged since the last {@link #flush} may be lost; all is given back all
     *     the same
     * @throws io.pcache.cache.CacheInUseException when a queue or a thread is still at work and does not end; the
     *     target stays as it is then, and this method may be called again
     */
    void close() throws IOException;
}
