package io.pcache.nbd;

import io.pcache.frontend.ObservedDevice;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Serves a device in memory, for measurements of the front end alone: {@code MemoryServer SOCKET MIB
 * [at_once|shuffled]}. Ends with its standard input.
 */
public final class MemoryServer {
    private MemoryServer() {}

    public static void main(String[] args) throws IOException {
        long bytes = Long.parseLong(args[1]) << 20;
        var completion = args.length > 2
                ? ObservedDevice.Completion.valueOf(args[2].toUpperCase(java.util.Locale.ROOT))
                : ObservedDevice.Completion.AT_ONCE;
        try (ObservedDevice device = new ObservedDevice(bytes, ObservedDevice.SECTOR, false, completion);
                NbdFrontEnd frontEnd = new NbdFrontEnd(NbdSettings.defaults(Path.of(args[0])))) {
            frontEnd.start(device);
            System.out.println(frontEnd.location());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }
}
