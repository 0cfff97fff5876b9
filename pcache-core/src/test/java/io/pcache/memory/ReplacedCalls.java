package io.pcache.memory;

import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Real system calls, except for some. */
final class ReplacedCalls {
    /** Runs in place of calls. */
    interface Replacement {
        /** @return null if the real call is to be made */
        Object make(String call, Object[] arguments) throws SystemCallException;
    }

    private ReplacedCalls() {}

    static SystemCalls by(Replacement replacement) {
        return (SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    Object replaced = replacement.make(method.getName(), arguments);
                    if (replaced != null) {
                        return replaced;
                    }
                    try {
                        return method.invoke(SystemCalls.linux(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
