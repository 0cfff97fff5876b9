package io.pcache.ring;

import java.lang.reflect.Method;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs a test, and the methods before and after the test, on one thread: the kernel lets no other thread use a ring
 * than the one that has opened the ring. A time limit would have each of the methods run on a thread of its own.
 */
final class OneThread implements InvocationInterceptor {

    private record Worker(ExecutorService thread) implements AutoCloseable {
        @Override
        public void close() {
            thread.shutdownNow();
        }
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(invocation, context);
    }

    private static void run(Invocation<Void> invocation, ExtensionContext context) throws Throwable {
        Worker worker = context.getStore(Namespace.create(OneThread.class))
                .computeIfAbsent(
                        Worker.class,
                        key -> new Worker(Executors.newSingleThreadExecutor(
                                task -> new Thread(task, "ring of " + context.getDisplayName()))),
                        Worker.class);
        try {
            worker.thread
                    .submit(() -> {
                        try {
                            return invocation.proceed();
                        } catch (Exception | Error e) {
                            throw e;
                        } catch (Throwable e) {
                            throw new AssertionError(e);
                        }
                    })
                    .get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }
}
