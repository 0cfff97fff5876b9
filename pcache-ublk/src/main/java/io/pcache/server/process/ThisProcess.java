package io.pcache.server.process;

import io.pcache.control.LogLevel;
import io.pcache.server.table.HostProcess;

/**
 * The process that this code runs in.
 *
 * @param heapMiB the heap of this process, or of the target for which this process looks at devices
 */
public record ThisProcess(long heapMiB) implements HostProcess {
    public ThisProcess() {
        this(Runtime.getRuntime().maxMemory() >> 20);
    }

    @Override
    public long fileSizeLimitBytes() {
        return ProcessLimits.fileSizeBytes();
    }

    @Override
    public LogLevel logLevel() {
        return TargetLog.level();
    }

    @Override
    public void setLogLevel(LogLevel level) {
        TargetLog.setLevel(level);
    }
}
