package io.pcache.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pcache.control.LogLevel;
import io.pcache.server.QuietLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(QuietLog.class)
class TargetLogTest {
    @TempDir
    Path directory;

    @Test
    void fileStaysWithinItsLimitAndKeepsTheOneBefore() throws Exception {
        Path file = directory.resolve("log");
        RotatingFile log = new RotatingFile(file, 1000);
        for (int i = 0; i < 1000; i++) {
            log.append(("line " + i + "\n").getBytes(StandardCharsets.UTF_8));
        }

        assertThat(Files.size(file)).isBetween(1L, 1000L);
        assertThat(Files.size(directory.resolve("log.1"))).isBetween(900L, 1000L);
        assertThat(Files.readString(file)).endsWith("line 999\n");
        assertThat(directory)
                .isDirectoryNotContaining(path -> !path.getFileName().toString().matches("log(\\.1)?"));
    }

    @Test
    void levelDecidesWhatIsLogged() {
        System.Logger logger = System.getLogger("io.pcache.level");
        try {
            TargetLog.setLevel(LogLevel.DEBUG);
            assertThat(logger.isLoggable(System.Logger.Level.DEBUG)).isTrue();
            assertThat(System.getLogger("another.library").isLoggable(System.Logger.Level.DEBUG))
                    .isFalse();
            TargetLog.setLevel(LogLevel.WARNING);
            assertThat(logger.isLoggable(System.Logger.Level.INFO)).isFalse();
            assertThat(logger.isLoggable(System.Logger.Level.WARNING)).isTrue();
            assertThat(TargetLog.level()).isEqualTo(LogLevel.WARNING);
        } finally {
            TargetLog.setLevel(LogLevel.INFO);
        }
    }

    @Test
    void goesOnInAnExistingFile() throws Exception {
        Path file = Files.writeString(directory.resolve("log"), "earlier\n");

        new RotatingFile(file, 1000).append("later\n".getBytes(StandardCharsets.UTF_8));

        assertThat(file).hasContent("earlier\nlater");
    }

    @Test
    void fullDiskAndMissingFolderDisturbNobody() {
        RotatingFile full = new RotatingFile(Path.of("/dev/full"), 1000);
        RotatingFile nowhere = new RotatingFile(directory.resolve("no/such/folder"), 1000);
        byte[] line = "line\n".getBytes(StandardCharsets.UTF_8);

        assertThatCode(() -> {
                    for (int i = 0; i < 3; i++) {
                        full.append(line);
                        nowhere.append(line);
                    }
                })
                .doesNotThrowAnyException();
    }
}
