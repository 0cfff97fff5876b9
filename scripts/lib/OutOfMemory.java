import java.util.ArrayList;
import java.util.List;

/**
 * A Java agent for tests: loaded into a running process, the agent takes all of the heap. So the next thread that asks
 * for memory gets an OutOfMemoryError.
 */
public final class OutOfMemory {
    private OutOfMemory() {
    }

    public static void agentmain(String arguments) {
        Thread thread = new Thread(() -> {
            List<byte[]> taken = new ArrayList<>();
            while (true) {
                taken.add(new byte[1 << 20]);
            }
        }, "out-of-memory");
        thread.setDaemon(true);
        thread.start();
    }
}
