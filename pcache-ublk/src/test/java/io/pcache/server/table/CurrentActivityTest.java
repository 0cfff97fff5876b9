package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.Activity;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CurrentActivityTest {
    private final Logger logger = Logger.getLogger(CurrentActivity.class.getName());
    private final List<String> logged = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            logged.add(record.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };
    private long now = Long.MAX_VALUE - 1;
    private final CurrentActivity activity = new CurrentActivity(() -> now);

    @BeforeEach
    void listen() {
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
    }

    @AfterEach
    void leave() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    @Test
    void isKnownWhileItLasts() {
        assertThat(activity.get().any()).isFalse();
        activity.begin("open");
        assertThat(activity.get()).isEqualTo(new Activity("open", 0, 0, 0)).returns(-1, Activity::percent);
        activity.at("replay", 3, 4);
        assertThat(activity.get()).isEqualTo(new Activity("replay", 3, 4, 0)).returns(75, Activity::percent);
        now += 2_500_000_000L;
        assertThat(activity.get()).as("since it got on").isEqualTo(new Activity("replay", 3, 4, 2500));
        activity.at("replay", 3, 4);
        assertThat(activity.get().quietMs()).isZero();
        activity.end();
        assertThat(activity.get()).isEqualTo(Activity.NONE);
    }

    @Test
    void isLoggedOnceInAWhile() {
        activity.begin("open");
        for (int i = 0; i < 100; i++) {
            activity.at("replay", i, 100);
        }
        assertThat(logged).isEmpty();
        now += CurrentActivity.LOG_INTERVAL_NANOS;
        activity.at("replay", 40, 100);
        activity.at("replay", 41, 100);
        now += CurrentActivity.LOG_INTERVAL_NANOS;
        activity.at("index", 0, 0);
        assertThat(logged).containsExactly("replay: 40 %", "index goes on");
    }
}
