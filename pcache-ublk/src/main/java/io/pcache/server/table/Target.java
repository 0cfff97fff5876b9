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

/** What a table's line has become. All methods are for control threads. */
public interface Target {
    /** Start, length and type as loaded; arguments in their normal form. */
    TableLine table();

    /** As {@link #table}, with the state in place of the arguments. */
    TableLine status();

    /** What is wrong; empty when all is well. */
    default List<DeviceProblem> problems() {
        return List.of();
    }

    /** What is set of it; null where nothing can be. */
    default SettingValues settings() {
        return null;
    }

    /** Devices that it holds open. */
    List<Dependency> dependencies();

    /** Devices whose content is what the target shows. */
    default List<Dependency> backing() {
        return List.of();
    }

    boolean takesMessages();

    /** @param words at least one */
    void message(List<String> words) throws ControlException;

    /** Counters since it was made; see {@link CacheFactory.Cache#stats}. */
    JsonObject stats(long since);

    /** What each segment of its cache holds; null without one. */
    default SegmentMap map() {
        return null;
    }

    /**
     * Makes durable all that was acknowledged.
     *
     * @throws IOException when that failed; everything goes on
     */
    void flush() throws IOException;

    /**
     * Gives everything back.
     *
     * @throws IOException when something acknowledged since the last {@link #flush} may be lost; everything is given
     *     back all the same
     * @throws io.pcache.cache.CacheInUseException when a queue or thread is still at work and does not end; all stays
     *     then, and this may be called again
     */
    void close() throws IOException;
}
