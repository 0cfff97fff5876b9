package io.pcache.ring;

import io.pcache.sys.SystemCalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** The real system calls, but for those that a test answers itself. */
final class FaultyCalls {

    /** Returns null to let the real call happen. */
    interface Fault {
        Object answer(String call, Object[] arguments) throws Exception;
    }

    private FaultyCalls() {}

    static SystemCalls with(Fault fault) {
        return (SystemCalls) Proxy.newProxyInstance(
                FaultyCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    Object answer = fault.answer(method.getName(), arguments);
                    if (answer != null) {
                        return answer;
                    }
                    try {
                        return method.invoke(SystemCalls.linux(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
