package io.pcache.server.table;

import io.pcache.cache.Progress;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableLine;

/** A kind of table line. */
public interface TargetType {
    String name();

    /** Whether its line must be the only one of its table. */
    boolean singleton();

    /** What speaks against making one that needs no look at the arguments. Changes nothing. */
    void check(boolean deviceHasLiveTable) throws ControlException;

    /**
     * Makes the target. Where it fails, nothing is left open and nothing has been written.
     *
     * @param progress is told how far it has come
     * @throws ControlException with reason lines in the kernel target's words
     */
    Target construct(TableLine line, LoadOptions options, Progress progress) throws ControlException;
}
