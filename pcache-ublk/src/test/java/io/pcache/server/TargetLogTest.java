package io.pcache.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pcache.control.LogLevel;
import io.pcache.health.CacheEvents.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
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

    @Test
    void aFullCacheIsToldOnceInAWhile() {
        long[] now = {Long.MAX_VALUE - 1};
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        OperatorEvents events = new OperatorEvents(log, () -> now[0]);
        for (int i = 0; i < 100; i++) {
            events.event(Kind.CACHE_FULL, "full");
        }
        assertThat(log.nr()).isEqualTo(1);

        events.event(Kind.BACKING_ERROR, "another kind");
        events.event(Kind.RECOVERED, "well again");
        events.event(Kind.RECOVERED, "that too");
        assertThat(log.nr()).isEqualTo(4);

        now[0] += OperatorEvents.WINDOW_NANOS;
        events.event(Kind.CACHE_FULL, "full again");
        assertThat(texts(log)).last().isEqualTo("full again");
    }

    @Test
    void errorsAreToldWithTheirPlacesUntilThereAreTooMany() {
        long[] now = {0};
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        OperatorEvents events = new OperatorEvents(log, () -> now[0]);
        for (int i = 0; i < OperatorEvents.RATION + 7; i++) {
            events.event(Kind.CHECKSUM_ERROR, "at byte " + i);
        }
        assertThat(texts(log))
                .hasSize(OperatorEvents.RATION)
                .contains("at byte 0", "at byte 1", "at byte " + (OperatorEvents.RATION - 1));

        now[0] += OperatorEvents.WINDOW_NANOS;
        events.event(Kind.CHECKSUM_ERROR, "at byte 999");
        events.event(Kind.CHECKSUM_ERROR, "at byte 1000");

        assertThat(texts(log)).endsWith("at byte 999 (7 like this were left out before)", "at byte 1000");
    }

    @Test
    void aNoticeIsToldFromWhatIsWrong() {
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        OperatorEvents events = new OperatorEvents(log, () -> 0);
        for (Kind kind : Kind.values()) {
            events.event(kind, kind.name());
        }

        assertThat(log.toJson())
                .allSatisfy(event -> assertThat(event.flag("notice"))
                        .as(event.string("text", ""))
                        .isEqualTo(event.string("text", "").equals("NOTICE")));
    }

    private static List<String> texts(EventLog log) {
        return log.toJson().stream().map(event -> event.string("text", "")).toList();
    }

    @Test
    void eventLogKeepsTheNewest() {
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        for (int i = 1; i <= 1000; i++) {
            log.add("event " + i);
        }

        assertThat(log.nr()).isEqualTo(1000);
        assertThat(log.toJson()).hasSize(256);
        assertThat(log.toJson().get(255).string("text", "")).isEqualTo("event 1000");
    }

    @Test
    void firstOfAProblemIsAnEventHoweverManyErrorsThereWereJustBefore() {
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        OperatorEvents events = new OperatorEvents(log, () -> 0);
        for (int i = 0; i < 2 * OperatorEvents.RATION; i++) {
            events.event(Kind.CACHE_ERROR, "load failed");
        }

        events.first(Kind.CACHE_ERROR, "the cache device failed");

        assertThat(log.nr()).isEqualTo(OperatorEvents.RATION + 1);
        assertThat(log.toJson().get(OperatorEvents.RATION).string("text", "")).isEqualTo("the cache device failed");
    }
}
