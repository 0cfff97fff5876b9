package io.pcache.ublk;

import io.pcache.memory.MappedMemory;
import io.pcache.request.BlockDevice;
import io.pcache.request.MemoryDevice;
import io.pcache.request.NullDevice;
import java.io.IOException;

/**
 * Serves a device without a cache, to measure the bare front end: behind the front end is nothing, or plain memory.
 *
 * <pre>
 *    java … io.pcache.ublk.NullServer [--size BYTES | --memory FILE] [--id N] [--take-over N] [--queues N] [--depth N] [--buffers]
 * </pre>
 *
 * Prints the path when the device is there, and serves the device until SIGTERM or SIGINT, which take the device away.
 * With {@code --memory} the device is a RAM disk that has its bytes in the file, so that after a kill a successor with
 * {@code --take-over} goes on with the same bytes.
 */
public final class NullServer {
    private static final long DEFAULT_SIZE = 1L << 30;

    private NullServer() {}

    public static void main(String[] args) throws Exception {
        UblkOptions options = UblkOptions.defaults();
        BlockDevice device = new NullDevice(DEFAULT_SIZE);
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--size" -> device = new NullDevice(Long.parseLong(args[++i]));
                case "--memory" -> device = new MemoryDevice(MappedMemory.open(args[++i]));
                case "--id" -> options = options.withId(Integer.parseInt(args[++i]));
                case "--take-over" -> options = options.takingOver(Integer.parseInt(args[++i]));
                case "--queues" -> options = options.withQueues(Integer.parseInt(args[++i]));
                case "--depth" -> options = options.withDepth(Integer.parseInt(args[++i]));
                case "--buffers" -> options = options.withBufferMode(true);
                default -> throw new IllegalArgumentException("unknown argument " + args[i]);
            }
        }
        IoFlusher.set();
        UblkFrontEnd frontEnd = new UblkFrontEnd(options);
        frontEnd.start(device);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(frontEnd), "pcache-shutdown"));
        System.out.println(frontEnd.location());
        System.err.println(frontEnd.describe());
        Thread.currentThread().join();
    }

    private static void close(UblkFrontEnd frontEnd) {
        try {
            frontEnd.close();
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }
}
