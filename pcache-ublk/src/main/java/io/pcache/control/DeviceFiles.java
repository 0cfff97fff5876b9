package io.pcache.control;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Takes devices' files away, and lists them. The registry must be locked. */
final class DeviceFiles {
    private DeviceFiles() {}

    /** The reserved minors, of living and of dead devices. */
    static List<Integer> minors(RunDirectory directory) throws IOException {
        List<Integer> minors = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.control())) {
            for (Path entry : entries) {
                int minor = RunDirectory.parseMinor(entry.getFileName().toString());
                if (minor >= 0) {
                    minors.add(minor);
                }
            }
        }
        return minors;
    }

    /** Names go first, so that nobody finds a device that is half gone. */
    static void delete(RunDirectory directory, int minor) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.root())) {
            for (Path entry : entries) {
                if (directory.minorOf(entry.getFileName().toString()) == minor) {
                    Files.deleteIfExists(entry);
                }
            }
        }
        Set<String> backing = BackingMarks.of(directory.device(minor));
        deleteTree(directory.device(minor));
        backing.forEach(BackingMarks.OF_MACHINE::tell);
    }

    static void deleteDanglingNames(RunDirectory directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.root())) {
            for (Path entry : entries) {
                int minor = directory.minorOf(entry.getFileName().toString());
                if (minor >= 0 && !Files.isDirectory(directory.device(minor), LinkOption.NOFOLLOW_LINKS)) {
                    Files.deleteIfExists(entry);
                }
            }
        }
    }

    /**
     * Deletes a folder with all it holds. Does nothing where there is no such folder. A target or a supervisor that
     * lives in the folder may make files there meanwhile: these files go, too.
     */
    static void deleteTree(Path path) throws IOException {
        while (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try {
                deleteEntries(path);
                Files.deleteIfExists(path);
            } catch (NoSuchFileException e) {
                return;
            } catch (DirectoryNotEmptyException e) {
                // A target that logs may have made its log anew.
                continue;
            }
        }
        Files.deleteIfExists(path);
    }

    private static void deleteEntries(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                deleteTree(entry);
            }
        }
    }
}
