package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.health.CacheEvents.Kind;
import io.pcache.server.QuietLog;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(QuietLog.class)
class OperatorEventsTest {
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
