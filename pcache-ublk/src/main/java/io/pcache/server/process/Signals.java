package io.pcache.server.process;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * Handles SIGTERM and SIGINT, for which the JVM's own handlers end the process, which nobody could refuse. By
 * {@code sun.misc.Signal}, which every JDK has in the module {@code jdk.unsupported}; and by reflection, since the
 * compiler warns of that class in a way that cannot be turned off.
 */
final class Signals {
    private static final Logger LOG = System.getLogger(Signals.class.getName());

    private Signals() {}

    /** @param action called with the signal's name, on a thread of the JVM's */
    static void handle(Consumer<String> action) {
        for (String name : List.of("TERM", "INT")) {
            try {
                handle(name, () -> action.accept("SIG" + name));
            } catch (InvocationTargetException e) {
                // The process was started with the signal ignored, as the supervisor does with SIGINT.
                LOG.log(Level.DEBUG, "SIG" + name + ": " + e.getCause().getMessage());
            } catch (ReflectiveOperationException e) {
                LOG.log(Level.WARNING, "SIG" + name + " ends this process at once: " + e);
            }
        }
    }

    private static void handle(String name, Runnable action) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object called = Proxy.newProxyInstance(
                Signals.class.getClassLoader(),
                new Class<?>[] {handler},
                (proxy, method, arguments) -> call(proxy, method, arguments, action));
        signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), called);
    }

    private static Object call(Object proxy, Method method, Object[] arguments, Runnable action) {
        return switch (method.getName()) {
            case "handle" -> {
                action.run();
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "signal handler";
        };
    }
}
