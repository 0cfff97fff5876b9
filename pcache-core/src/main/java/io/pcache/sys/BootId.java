package io.pcache.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Which boot of the kernel this is: random bits that no other boot has. */
public record BootId(long high, long low) {
    private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");

    /** The id as one word, for a file. */
    public String text() {
        return new UUID(high, low).toString();
    }

    /** @throws IOException without /proc */
    public static BootId read() throws IOException {
        String text = Files.readString(FILE).strip();
        try {
            UUID id = UUID.fromString(text);
            return new BootId(id.getMostSignificantBits(), id.getLeastSignificantBits());
        } catch (IllegalArgumentException e) {
            throw new IOException(FILE + " holds '" + text + "'", e);
        }
    }
}
