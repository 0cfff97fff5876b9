package io.pcache.server.table;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.CacheIo;
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
     * @throws IOException a {@link io.pcache.sys.SystemCallException} where the failure has an errno: EBUSY, EROFS,
     *     ENOTBLK, …
     */
    CacheMemory openCacheDevice(String path) throws IOException;

    /**
     * @param readOnly also a device that refuses writes will do; all transfers but reads fail then
     * @throws IOException as for the cache device
     */
    BackingDevice openBackingDevice(String path, boolean readOnly) throws IOException;

    /**
     * Brings a cache up. From then on the cache owns both devices. Where the start fails, the caller has to close the
     * devices.
     */
    Cache start(CacheMemory memory, BackingDevice backing, PCacheConfig config) throws PCacheException;

    /**
     * A running cache. For control threads; {@link #statusLine} and {@link #stats} are for the thread that answers
     * queries.
     */
    interface Cache {
        /** The device that requests go to. */
        BlockDevice device();

        /** The uuid of the cache's identity record; empty without a record. */
        default String uuid() {
            return "";
        }

        /** How data is stored and loaded; null on a cache device where that is no matter of choice. */
        default CacheIo cacheIo() {
            return null;
        }

        /** The fields of the status line after {@code pcache }. */
        String statusLine();

        /** What stands still, and why; empty when all is well. */
        List<DeviceProblem> problems();

        /**
         * Changes a setting at once.
         *
         * @param setting one that messages change
         * @param value in its range
         * @throws IOException when the value could not be kept; the value before stays then
         * @throws UnsupportedOperationException when the cache device cannot do what is wanted
         */
        void set(Setting setting, String value) throws IOException;

        /** What is set now. @param options as the table has them */
        default SettingValues settings(SettingValues options) {
            return options;
        }

        /**
         * Has write-back and garbage collection try again at once what has failed, and not after a pause. Returns
         * before the attempt has ended.
         */
        void retryWriteBack();

        /**
         * State and counters, documented in {@code man/pcache-control.md}.
         *
         * @param since {@code snapshot} of an earlier reply, for an interval; 0 for none
         */
        JsonObject stats(long since);

        /** What each segment holds; null where nothing can be told. For the thread that answers queries. */
        default SegmentMap map() {
            return null;
        }

        /**
         * Makes all durable that was acknowledged, on any queue.
         *
         * @throws IOException when something could not be made durable
         */
        void flush() throws IOException;

        /**
         * Makes all durable that was acknowledged, stops, and closes both devices.
         *
         * @throws IOException when something acknowledged since the last {@link #flush} may be lost; the devices are
         *     closed all the same
         * @throws io.pcache.cache.CacheInUseException when a queue or a thread is still at work and does not end; the
         *     cache stays as it is then, and this method may be called again
         */
        void close() throws IOException;
    }
}
