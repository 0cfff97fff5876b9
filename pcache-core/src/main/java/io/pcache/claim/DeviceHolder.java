package io.pcache.claim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Who has a device or file open, as far as {@code /proc} shows this to the user: root sees all processes, another user
 * only its own.
 */
final class DeviceHolder {
    private static final String TARGET = "io.pcache.server.TargetMain";
    private static final String NAME = "--name=";

    private DeviceHolder() {}

    /** What uses a device, and what to do, for people; null if no user is found. */
    static String describe(String path) {
        try {
            String real = Path.of(path).toRealPath().toString();
            String self = Long.toString(ProcessHandle.current().pid());
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
                for (Path process : processes) {
                    String pid = process.getFileName().toString();
                    if (!pid.equals(self) && holds(process, real)) {
                        return describe(process, pid);
                    }
                }
            }
        } catch (IOException e) {
            // The path is gone, or there is no /proc. Then nothing more is known.
            return null;
        }
        return null;
    }

    private static boolean holds(Path process, String real) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().equals(real)) {
                        return true;
                    }
                } catch (IOException e) {
                    // The descriptor was closed meanwhile.
                    continue;
                }
            }
        } catch (IOException e) {
            // The process has ended meanwhile, or is another user's.
            return false;
        }
        return false;
    }

    private static String describe(Path process, String pid) {
        String[] words = read(process.resolve("cmdline")).split("\0");
        boolean target = false;
        for (String word : words) {
            target |= word.equals(TARGET);
            if (target && word.startsWith(NAME)) {
                return "in use by the pcache device " + word.substring(NAME.length()) + " (process " + pid
                        + "): remove that first";
            }
        }
        return "in use by process " + pid + " (" + read(process.resolve("comm")).strip() + ")";
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // The process has ended meanwhile.
            return "";
        }
    }
}
