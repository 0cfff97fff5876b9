package io.pcache.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks at what is mounted where. */
final class Mounts {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private Mounts() {}

    /**
     * The folder where a library can be unpacked and loaded from: this directory, or shared memory where the
     * directory's file system runs no code. Debian's {@code /run} runs no code when the initial RAM disk has mounted
     * it.
     */
    static Path executableDirectory(Path directory) {
        try {
            return runsCode(directory.toRealPath()) ? directory : SHARED_MEMORY;
        } catch (IOException e) {
            return directory;
        }
    }

    private static boolean runsCode(Path directory) throws IOException {
        boolean runsCode = true;
        int longest = -1;
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            // device, mount point (blanks as \\040), type, options, …
            String[] fields = line.split(" ");
            Path mountPoint = Path.of(fields[1].replace("\\040", " "));
            // Of two mounts at one place, the later hides the earlier.
            if (directory.startsWith(mountPoint) && mountPoint.getNameCount() >= longest) {
                longest = mountPoint.getNameCount();
                runsCode = !("," + fields[3] + ",").contains(",noexec,");
            }
        }
        return runsCode;
    }
}
