package io.pcache.server.table;

import io.pcache.control.LogLevel;

/** A process with room for everything, until a test sets other limits. */
public final class FakeHost implements HostProcess {
    long heapMiB = Long.MAX_VALUE;
    long fileSizeLimitBytes = Long.MAX_VALUE;
    private volatile LogLevel level = LogLevel.INFO;

    @Override
    public long heapMiB() {
        return heapMiB;
    }

    @Override
    public long fileSizeLimitBytes() {
        return fileSizeLimitBytes;
    }

    @Override
    public LogLevel logLevel() {
        return level;
    }

    @Override
    public void setLogLevel(LogLevel wanted) {
        level = wanted;
    }
}
