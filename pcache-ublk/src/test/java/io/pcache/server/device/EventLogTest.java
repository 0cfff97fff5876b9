package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import org.junit.jupiter.api.Test;

class EventLogTest {
    @Test
    void keepsTheNewest() {
        EventLog log = new EventLog(Clock.systemUTC(), 0);
        for (int i = 1; i <= 1000; i++) {
            log.add("event " + i);
        }

        assertThat(log.nr()).isEqualTo(1000);
        assertThat(log.toJson()).hasSize(256);
        assertThat(log.toJson().get(255).string("text", "")).isEqualTo("event 1000");
    }
}
