package io.pcache.server.table;

import io.pcache.control.LogLevel;

/** What a device and the targets of its tables ask of the process that they run in. Safe for use by any thread. */
public interface HostProcess {
    /** The most that the Java heap can have, in MiB. */
    long heapMiB();

    /** The position behind which the process cannot write to a regular file; {@link Long#MAX_VALUE} for no limit. */
    long fileSizeLimitBytes();

    LogLevel logLevel();

    /** The level is in force for all lines that are logged from now on. */
    void setLogLevel(LogLevel level);
}
