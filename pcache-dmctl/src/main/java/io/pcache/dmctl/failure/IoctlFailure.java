package io.pcache.dmctl.failure;

import io.pcache.control.ControlException;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * A request that the driver refused. The first line is libdevmapper's. The reasons follow, which the kernel would have
 * put into its log.
 *
 * <pre>
 * device-mapper: reload ioctl on pc (252:0) failed: Invalid argument
 * pcache: Missing value for data_crc (-EINVAL)
 * </pre>
 */
public final class IoctlFailure extends CommandFailure {
    private static final long serialVersionUID = 1;

    private final int errno;

    private IoctlFailure(int errno, List<String> lines) {
        super(lines);
        this.errno = errno;
    }

    /**
     * @param verb libdevmapper's word for the request, such as {@code reload}
     * @param name stored name, as far as known
     * @param id uuid or {@code (MAJ:MIN)}, as far as known
     */
    public static IoctlFailure of(String verb, String name, String id, ControlException cause) {
        List<String> lines = new ArrayList<>();
        // A target that gave no answer has refused nothing: the reason alone tells what happened.
        if (cause.errno() != Errno.ETIMEDOUT && cause.errno() != Errno.ENOLINK) {
            lines.add("device-mapper: " + verb + " ioctl on " + name + " " + id + " failed: "
                    + Errno.message(cause.errno()));
        }
        lines.addAll(cause.reasons());
        return new IoctlFailure(cause.errno(), lines);
    }

    /** Positive. */
    public int errno() {
        return errno;
    }
}
