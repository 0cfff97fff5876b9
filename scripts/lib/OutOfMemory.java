import java.util.ArrayList;
import java.util.List;

/** A Java agent for tests: loaded into a running process, it takes all of its heap, so that the next thread to ask for memory gets an OutOfMemoryError. */
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
