package io.pcache.control;

import io.pcache.cache.CacheIo;

/**
 * How a device is made.
 *
 * @param name stored form
 * @param uuid stored form; empty for none
 * @param minor wanted minor, 0..{@link Registry#MAX_MINOR}; {@link #LOWEST_FREE}
 * @param frontEnd {@code "auto"}, {@code "ublk"} or {@code "nbd"}
 * @param heapMiB the target's Java heap; 0 for {@link TargetLauncher#DEFAULT_HEAP_MIB}
 * @param startTimeoutMs how long the target may take to answer; 0 for {@link TargetLauncher#DEFAULT_START_TIMEOUT_MS}
 * @param queues of the front end
 * @param metrics where the device's counters can be read by HTTP: a port of 127.0.0.1, {@code "unix"} for
 *     {@code metrics.sock} among the device's files, or empty for nowhere
 * @param logLevel a word of {@link LogLevel}
 * @param cacheIo a word of {@link CacheIo}
 * @param cacheDiscard a value of {@link io.pcache.setting.Setting#CACHE_DISCARD}; empty for what suits the cache device
 */
public record CreateOptions(
        String name,
        String uuid,
        int minor,
        String frontEnd,
        int heapMiB,
        long startTimeoutMs,
        QueueOptions queues,
        String metrics,
        String logLevel,
        String cacheIo,
        String cacheDiscard) {
    public static final int LOWEST_FREE = -1;

    /** Options without a uuid, with the lowest free minor, and defaults for all else. */
    public static CreateOptions named(String storedName) {
        return new CreateOptions(
                storedName,
                "",
                LOWEST_FREE,
                "auto",
                0,
                0,
                QueueOptions.DEFAULT,
                "",
                LogLevel.INFO.word(),
                CacheIo.DIRECT.word(),
                "");
    }

    public CreateOptions withUuid(String storedUuid) {
        return new CreateOptions(
                name,
                storedUuid,
                minor,
                frontEnd,
                heapMiB,
                startTimeoutMs,
                queues,
                metrics,
                logLevel,
                cacheIo,
                cacheDiscard);
    }

    public CreateOptions withMinor(int wanted) {
        return new CreateOptions(
                name,
                uuid,
                wanted,
                frontEnd,
                heapMiB,
                startTimeoutMs,
                queues,
                metrics,
                logLevel,
                cacheIo,
                cacheDiscard);
    }

    public CreateOptions withFrontEnd(String kind) {
        return new CreateOptions(
                name, uuid, minor, kind, heapMiB, startTimeoutMs, queues, metrics, logLevel, cacheIo, cacheDiscard);
    }

    public CreateOptions withHeapMiB(int mebibytes) {
        return new CreateOptions(
                name,
                uuid,
                minor,
                frontEnd,
                mebibytes,
                startTimeoutMs,
                queues,
                metrics,
                logLevel,
                cacheIo,
                cacheDiscard);
    }

    public CreateOptions withStartTimeoutMs(long milliseconds) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, milliseconds, queues, metrics, logLevel, cacheIo, cacheDiscard);
    }

    public CreateOptions withQueues(QueueOptions wanted) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, startTimeoutMs, wanted, metrics, logLevel, cacheIo, cacheDiscard);
    }

    public CreateOptions withMetrics(String where) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, startTimeoutMs, queues, where, logLevel, cacheIo, cacheDiscard);
    }

    public CreateOptions withLogLevel(String word) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, startTimeoutMs, queues, metrics, word, cacheIo, cacheDiscard);
    }

    public CreateOptions withCacheIo(String word) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, startTimeoutMs, queues, metrics, logLevel, word, cacheDiscard);
    }

    public CreateOptions withCacheDiscard(String word) {
        return new CreateOptions(
                name, uuid, minor, frontEnd, heapMiB, startTimeoutMs, queues, metrics, logLevel, cacheIo, word);
    }
}
