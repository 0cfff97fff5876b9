package io.pcache.crash;

import io.pcache.memory.CacheMemory.Kind;
import io.pcache.route.CacheMode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The way to {@link CrashRun}s in an engine of their own, in which threads can be overtaken and bugs are planted. Only
 * objects of classes that all class loaders share go through this class.
 */
public final class InterleavedRun {
    /** A run in the engine without a bug. Loaded once, since the engine becomes faster the longer it runs. */
    private static final Method SOUND = load(Map.of());

    private final Method run;
    private final String bug;

    /** @param bug to be planted; null for none */
    InterleavedRun(PlantedBug bug) {
        this.bug = bug == null ? "" : bug.name();
        this.run = bug == null || bug.mistake == null ? SOUND : load(bug.mistake.compile());
    }

    private static Method load(Map<String, byte[]> replaced) {
        try {
            return new EngineLoader(replaced)
                    .loadClass(InterleavedRun.class.getName())
                    .getMethod(
                            "inside",
                            String.class,
                            String.class,
                            String.class,
                            long.class,
                            String.class,
                            String.class,
                            AtomicLong.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As {@link CrashRun#run}. */
    long run(Workload workload, CacheMode mode, Kind kind, long seed, CrashRun.Effort effort, AtomicLong judged) {
        try {
            return (long) run.invoke(null, workload.name(), mode.name(), kind.name(), seed, bug, effort.name(), judged);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new AssertionError(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Called through {@link EngineLoader}. */
    public static long inside(
            String workload, String mode, String kind, long seed, String bug, String effort, AtomicLong judged) {
        return CrashRun.run(
                Workload.valueOf(workload),
                CacheMode.valueOf(mode),
                Kind.valueOf(kind),
                seed,
                bug.isEmpty() ? null : PlantedBug.valueOf(bug),
                CrashRun.Effort.valueOf(effort),
                judged);
    }
}
