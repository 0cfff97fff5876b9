package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceFilesTest {
    private static final int ROUNDS = 500;

    @TempDir
    Path directory;

    @Test
    void folderGoesThoughItsTargetLogsMeanwhile() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Path files = Files.createDirectory(directory.resolve(Integer.toString(round)));
            Files.createDirectory(files.resolve("carried"));
            CompletableFuture<Void> logger = CompletableFuture.runAsync(() -> logWhileThere(files));

            DeviceFiles.deleteTree(files);

            assertThat(files).doesNotExist();
            logger.get();
        }
    }

    private static void logWhileThere(Path files) {
        try {
            while (Files.exists(files)) {
                Files.writeString(files.resolve("log"), "line");
            }
        } catch (IOException e) {
            // The folder has just gone.
            return;
        }
    }

    @Test
    void nothingIsDoneWhereThereIsNone() throws IOException {
        DeviceFiles.deleteTree(directory.resolve("none"));

        assertThat(directory.resolve("none")).doesNotExist();
    }
}
