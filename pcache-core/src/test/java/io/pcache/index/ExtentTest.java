package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtentTest {

    @ParameterizedTest
    @CsvSource({
        "0, 1, false, 0, 0",
        "0, 8192, false, 0, 0",
        "8191, 1, false, 0, 0",
        "0, 1, true, 0, 0",
        "0, 1, false, 1048575, 0",
        "0, 1, false, 0, 32767",
        "8191, 1, true, 1048575, 32767",
        "0, 8192, true, 1048575, 32767",
        "4096, 4096, true, 524288, 16384"
    })
    void givesBackWhatItWasMadeOf(int from, int sectors, boolean clean, int segment, int place) {
        long extent = Extent.of(from, sectors, clean, segment, place);
        assertThat(Extent.from(extent)).isEqualTo(from);
        assertThat(Extent.sectors(extent)).isEqualTo(sectors);
        assertThat(Extent.end(extent)).isEqualTo(from + sectors);
        assertThat(Extent.clean(extent)).isEqualTo(clean);
        assertThat(Extent.segment(extent)).isEqualTo(segment);
        assertThat(Extent.place(extent)).isEqualTo(place);
        assertThat(extent >>> Extent.BITS).as("bits left to the index").isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1, 0, 0",
        "8192, 1, 0, 0",
        "0, 0, 0, 0",
        "0, -1, 0, 0",
        "0, 8193, 0, 0",
        "8191, 2, 0, 0",
        "1, 8192, 0, 0",
        "0, 1, -1, 0",
        "0, 1, 1048576, 0",
        "0, 1, 0, -1",
        "0, 1, 0, 32768",
        "2147483647, 1, 0, 0",
        "1, 2147483647, 0, 0"
    })
    void refusesValuesThatDoNotFit(int from, int sectors, int segment, int place) {
        assertThatThrownBy(() -> Extent.of(from, sectors, false, segment, place))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(from))
                .hasMessageContaining(String.valueOf(place));
    }

    @Test
    void pinsTheLayout() {
        assertThat(Extent.of(1, 1, false, 0, 0)).isEqualTo(1L << 49);
        assertThat(Extent.of(0, 2, false, 0, 0)).isEqualTo(1L << 36);
        assertThat(Extent.of(0, 1, true, 0, 0)).isEqualTo(1L << 35);
        assertThat(Extent.of(0, 1, false, 1, 0)).isEqualTo(1L << 15);
        assertThat(Extent.of(0, 1, false, 0, 1)).isEqualTo(1L);
    }

    @Test
    void clipsBothEndsAndMovesThePlace() {
        long extent = Extent.of(100, 50, true, 7, 1000);
        assertThat(Extent.clip(extent, 0, 8192)).isEqualTo(extent);
        assertThat(Extent.clip(extent, 110, 120)).isEqualTo(Extent.of(110, 10, true, 7, 1010));
        assertThat(Extent.clip(extent, 0, 101)).isEqualTo(Extent.of(100, 1, true, 7, 1000));
        assertThat(Extent.clip(extent, 149, 8192)).isEqualTo(Extent.of(149, 1, true, 7, 1049));
    }

    @Test
    void joinsOnlyWhatContinuesInAddressPlaceSegmentAndState() {
        long left = Extent.of(100, 50, false, 7, 1000);
        assertThat(Extent.joins(left, Extent.of(150, 8, false, 7, 1050))).isTrue();
        assertThat(Extent.join(left, Extent.of(150, 8, false, 7, 1050))).isEqualTo(Extent.of(100, 58, false, 7, 1000));
        assertThat(Extent.joins(left, Extent.of(151, 8, false, 7, 1050)))
                .as("gap in address")
                .isFalse();
        assertThat(Extent.joins(left, Extent.of(150, 8, false, 7, 1051)))
                .as("gap in place")
                .isFalse();
        assertThat(Extent.joins(left, Extent.of(150, 8, false, 8, 1050)))
                .as("other segment")
                .isFalse();
        assertThat(Extent.joins(left, Extent.of(150, 8, true, 7, 1050)))
                .as("one is clean")
                .isFalse();
        assertThat(Extent.joins(Extent.of(150, 8, false, 7, 1050), left))
                .as("wrong order")
                .isFalse();
        assertThat(Extent.join(Extent.of(0, 4096, false, 0, 0), Extent.of(4096, 4096, false, 0, 4096)))
                .isEqualTo(Extent.of(0, 8192, false, 0, 0));
    }

    @Test
    void printsForPeople() {
        assertThat(Extent.toString(Extent.of(8, 8, false, 3, 16))).isEqualTo("[8, 16) -> 3:16 dirty");
        assertThat(Extent.toString(Extent.of(8, 8, true, 3, 16))).isEqualTo("[8, 16) -> 3:16 clean");
        assertThat(Extent.toString(Extent.NONE)).isEqualTo("none");
    }
}
