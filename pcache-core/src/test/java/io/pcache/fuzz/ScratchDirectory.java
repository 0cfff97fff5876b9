package io.pcache.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory for one input; close removes the directory with all that is in it. */
public record ScratchDirectory(Path path) implements AutoCloseable {

    public static ScratchDirectory make() throws IOException {
        return new ScratchDirectory(Files.createTempDirectory("pcache-fuzz"));
    }

    @Override
    public void close() throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(path)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
