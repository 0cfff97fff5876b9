package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.memory.CacheMemory;
import io.pcache.request.BlockDevice;
import io.pcache.segment.SegmentMap;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import java.io.IOException;
import java.util.List;

/** What the {@code pcache} target type is made of: devices opened for this process alone, and the engine. */
public interface CacheFactory {

    /**
     * @throws IOException a {@link io.pcache.sys.SystemCallException} where there is an errno: EBUSY, EROFS, ENOTBLK, …
     */
    CacheMemory openCacheDevice(String path) throws IOException;

    /**
     * @param readOnly open a device that refuses writes; all transfers but reads then fail
     * @throws IOException as for the cache device
     */
    BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException;

    /** Brings a cache up, which owns both devices from then on. Where it fails, they stay the caller's to close. */
    Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException;

    /**
     * A running cache. For control threads; {@link #statusLine} and {@link #stats} for the one that answers queries.
     */
    interface Cache {
        /** The way of requests. */
        BlockDevice device();

        /** Of the cache's identity record; empty without one. */
        default String uuid() {
            return "";
        }

        /** The fields of the status line after {@code pcache }. */
        String statusLine();

        /** What stands still and why, each a line; empty when all is well. */
        List<DeviceProblem> problems();

        /**
         * Changes a setting at once.
         *
         * @param setting one that messages change
         * @param value in its range
         * @throws IOException when the value could not be kept; the one before stays then
         */
        void set(Setting setting, String value) throws IOException;

        /** What is set now. @param options as the table has them */
        default SettingValues settings(SettingValues options) {
            return options;
        }

        /**
         * Tries at once, not after a pause, what failed: to write dirty data back, and to collect. Returns before that
         * has ended.
         */
        void retryWriteBack();

        /**
         * State and counters, documented in {@code man/pcache-control.md}.
         *
         * @param since {@code snapshot} of an earlier reply, for an interval; 0 for none
         */
        JsonObject stats(long since);

        /** What each segment holds; null where it cannot be told. For the thread that answers queries. */
        default SegmentMap map() {
            return null;
        }

        /**
         * Makes durable all that was acknowledged, on any queue.
         *
         * @throws IOException when that failed
         */
        void flush() throws IOException;

        /**
         * Makes durable what is not yet, stops, and closes both devices.
         *
         * @throws IOException when something acknowledged since the last {@link #flush} may be lost; all is closed all
         *     the same
         * @throws io.pcache.cache.CacheInUseException when a queue or thread is still at work and does not end; all
         *     stays then, and this may be called again
         */
        void close() throws IOException;
    }
}
