/**
 * A Java agent for tests: makes the threads of a running process whose names begin with the agent's argument meet an error, wherever they are. Works up to Java 19, the last that can do this to another
 * thread.
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
