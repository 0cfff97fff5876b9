package io.pcache.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeySetTimesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long ACTIVATION = -7;

    private final KeySetTimes times = new KeySetTimes();

    @Test
    void tellsWhenAKeySetWasBegunToASecond() {
        for (int i = 0; i < 1000; i++) {
            times.begun(i, i * SECOND / 10);
        }

        for (int number : new int[] {0, 5, 500, 999}) {
            assertThat(times.notAfter(number, ACTIVATION))
                    .isBetween(number * SECOND / 10 - SECOND, number * SECOND / 10);
        }
        assertThat(times.notAfter(3, ACTIVATION))
                .as("one that a slower reader asks for is not older than all")
                .isGreaterThan(ACTIVATION);
    }

    @Test
    void knowsNothingBeforeTheFirst() {
        assertThat(times.notAfter(0, ACTIVATION)).isEqualTo(ACTIVATION);
    }

    @Test
    void isExactAfterTimeWithoutKeySets() {
        times.begun(0, 0);
        times.begun(1, 3600 * SECOND);

        assertThat(times.notAfter(1, ACTIVATION)).isEqualTo(3600 * SECOND);
    }

    @Test
    void staysNearInBoundedMemoryHoweverLongNothingIsWrittenBack() {
        int days = 10;
        int all = days * 86_400;
        for (int i = 0; i < all; i++) {
            times.begun(i, i * SECOND);
        }

        assertThat(times.notAfter(0, ACTIVATION)).isZero();
        for (int number = 1; number < all; number += all / 13) {
            assertThat(times.notAfter(number, ACTIVATION))
                    .isBetween(number * SECOND - all * SECOND / (KeySetTimes.MARKS / 2), number * SECOND);
        }
    }
}
