package io.pcache.server.table;

import io.pcache.cache.Progress;
import io.pcache.control.ArgumentWords;
import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.JsonObject;
import io.pcache.control.TableLine;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * The types {@code error} and {@code zero} of device-mapper. Their I/O is that of a {@link SyntheticDevice}, one for a
 * whole table.
 *
 * @param failing reads and writes fail
 */
public record SyntheticType(String name, boolean failing) implements TargetType {
    public static final SyntheticType ERROR = new SyntheticType("error", true);
    public static final SyntheticType ZERO = new SyntheticType("zero", false);

    @Override
    public boolean singleton() {
        return false;
    }

    @Override
    public void check(boolean deviceHasLiveTable) {
        // Such a line may stand anywhere.
    }

    @Override
    public Line construct(TableLine line, LoadOptions options, Progress progress) throws ControlException {
        // "error" takes any arguments and forgets them, as the kernel's target does.
        if (!failing && !ArgumentWords.split(line.args()).isEmpty()) {
            throw new ControlException(Errno.EINVAL, "pcache: zero: No arguments required (-EINVAL)");
        }
        return new Line(new TableLine(line.start(), line.length(), name, ""), failing);
    }

    /** A line of such a type. Holds nothing. */
    public record Line(TableLine table, boolean failing) implements Target {

        @Override
        public TableLine status() {
            return table;
        }

        @Override
        public List<Dependency> dependencies() {
            return List.of();
        }

        @Override
        public boolean takesMessages() {
            return false;
        }

        @Override
        public void message(List<String> words) {
            throw new UnsupportedOperationException();
        }

        @Override
        public JsonObject stats(long since) {
            return new JsonObject();
        }

        @Override
        public void flush() {
            // Keeps nothing.
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
