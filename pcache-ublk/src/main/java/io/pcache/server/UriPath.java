package io.pcache.server;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A path as the value of a URI's query parameter. */
final class UriPath {
    private static final String UNRESERVED = "-._~/";

    private UriPath() {}

    /** What RFC 3986 leaves unreserved, and the slash, stays; all else is percent-encoded. */
    static String encode(Path path) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : path.toString().getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || UNRESERVED.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        return encoded.toString();
    }
}
