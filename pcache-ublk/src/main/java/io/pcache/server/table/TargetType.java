package io.pcache.server.table;

import io.pcache.cache.Progress;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableLine;

/** A kind of table line. */
public interface TargetType {
    String name();

    /** Whether a line of this type must be the only line of a table. */
    boolean singleton();

    /** Checks what can be checked without a look at the arguments. Changes nothing. */
    void check(boolean deviceHasLiveTable) throws ControlException;

    /**
     * Makes a target. Where this fails, nothing is left open, and nothing has been written.
     *
     * @param progress is told how far the work has come
     * @throws ControlException with reason lines in the kernel target's words
     */
    Target construct(TableLine line, LoadOptions options, Progress progress) throws ControlException;
}
