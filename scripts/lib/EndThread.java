/**
 * A Java agent for tests: makes threads of a running process meet an error, wherever they are. The agent's argument is
 * the beginning of the threads' names. Works up to Java 19, the last version that can do this to another thread.
 */
public final class EndThread {
    private EndThread() {
    }

    @SuppressWarnings("deprecation")
    public static void agentmain(String name) {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith(name)) {
                System.err.println("ending thread " + thread.getName());
                thread.stop();
            }
        }
    }
}
