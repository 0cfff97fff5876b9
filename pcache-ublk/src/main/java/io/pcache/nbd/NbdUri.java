package io.pcache.nbd;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The address of an NBD server on a Unix-domain socket, by the NBD project's {@code doc/uri.md}. */
public final class NbdUri {
    private static final String SCHEME = "nbd+unix:";
    /**
     * The characters besides letters and digits that RFC 3986 leaves unreserved, and the slash, which a query may have
     * as it is.
     */
    private static final String PLAIN = "-._~/";

    private NbdUri() {}

    /** The address of the server that listens on a socket: {@code nbd+unix:///?socket=/run/pcache/nbd/demo}. */
    public static String ofSocket(Path socket) {
        StringBuilder uri = new StringBuilder(SCHEME).append("///?socket=");
        for (byte b : socket.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || PLAIN.indexOf(c) >= 0) {
                uri.append(c);
            } else {
                uri.append(String.format("%%%02X", (int) c));
            }
        }
        return uri.toString();
    }

    /** Whether the location of a device is an address of this kind, and not the path of a node. */
    public static boolean isUri(String location) {
        return location.startsWith(SCHEME);
    }
}
