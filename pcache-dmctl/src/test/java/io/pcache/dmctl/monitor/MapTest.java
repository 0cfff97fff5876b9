package io.pcache.dmctl.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.JsonCodec;
import io.pcache.control.MapCells;
import io.pcache.control.MapCells.Column;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentMap;
import io.pcache.segment.SegmentMap.Use;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class MapTest {
    private static final int SECTORS = 32_000;

    /** Segments that are log, dirty, mixed, clean, stale and free in turn; the last one is set aside. */
    private static SegmentMap map(int segments) {
        SegmentMap map = new SegmentMap(segments);
        for (int segment = 0; segment < segments; segment++) {
            switch (segment % 6) {
                case 0 -> map.put(segment, Use.LOG, 1);
                case 5 -> map.put(segment, Use.FREE, 0);
                default -> {
                    map.put(segment, Use.DATA, 3);
                    map.addData(segment, segment % 6 == 1 ? SECTORS : segment % 6 == 2 ? 100 : 0, false);
                    map.addData(segment, segment % 6 == 3 ? SECTORS : segment % 6 == 2 ? 200 : 0, true);
                }
            }
        }
        map.put(segments - 1, Use.SET_ASIDE, 0);
        map.log(Position.of(0, 0), Position.of(6, 64), Position.of(12, 128));
        return map;
    }

    private static MapCells all(SegmentMap map, int most) {
        return MapCells.of(map, 0, Integer.MAX_VALUE, most);
    }

    @Test
    void drawsACharacterForEachSegmentInRowsThatFit() {
        String text = new MapText(all(map(96), 4096), 63, false, false).draw("pc");

        assertThat(text)
                .startsWith("pc: 96 segments of 16 MiB\n\n 0 TDdco.WDdco.HDdco.kDdco.")
                .contains(
                        "kDdco.\n60 kDdco.",
                        "\n  .  free ",
                        " 15  15.6%\n",
                        "T, key tail  ",
                        "6:64, at 0.0% of the segment\n",
                        "12:128, at 0.0% of the segment\n",
                        "64 segments with data (66.7%), in which\n")
                .doesNotContain("\033");
        assertThat(text.lines().toList()).allMatch(line -> line.chars().allMatch(c -> c < 0x80));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 11, 15, 20, 35, 36, 48, 59})
    void aNarrowTerminalGetsItInLinesThatAreNoLongerThanTheirLongestWord(int columns) {
        SegmentMap map = map(24);
        MapCells cells = all(map, MapText.mostCells(24, columns));
        String text = new MapText(cells, columns, false, false).draw("pc");

        int longest = Math.max(columns, "replaced".length() + 4);
        assertThat(text.lines().toList()).allMatch(line -> line.length() <= longest, "fits " + columns);
        assertThat(text.replaceAll("\\s+", " "))
                .contains(
                        "pc: 24 segments",
                        "free: 3 (12.5%)",
                        "T, key tail 0:0, at 0.0%",
                        "garbage: replaced by newer: ",
                        "room: not filled: ");
        // The rows of the map have all cells.
        String rows = text.substring(text.indexOf("\n\n") + 2, text.indexOf("\n\n", text.indexOf("\n\n") + 2));
        assertThat(rows.replaceAll("(?m)^ *[0-9]+ ", "").replace("\n", "")).hasSize(cells.cells());
    }

    @Test
    void tailsThatShareASegmentAreToldApart() {
        SegmentMap shared = map(24);
        shared.log(Position.of(0, 0), Position.of(6, 4_194_304), Position.of(6, 8_388_608));
        SegmentMap all = map(24);
        all.log(Position.of(6, 0), Position.of(6, 512), Position.of(6, 8_388_608));

        assertThat(new MapText(all(shared, 4096), 80, false, false).draw("pc"))
                .contains(
                        " 0 TDdco.2Ddco.",
                        "  T  T, key tail",
                        "  2  W, dirty tail              6:4194304, at 25.0% of the segment\n",
                        "  2  H, log head                6:8388608, at 50.0% of the segment\n");
        assertThat(new MapText(all(all, 4096), 80, false, false).draw("pc"))
                .contains(
                        " 0 kDdco.3Ddco.",
                        "  3  T, key tail                6:0",
                        "  3  W, dirty tail              6:512,");
    }

    @Test
    void garbageAndRoomAreToldApart() {
        SegmentMap map = new SegmentMap(2);
        map.put(0, Use.DATA, 1);
        map.addData(0, 8 << 11, false);
        map.fill(0, 12 << 20);
        MapCells cells = all(map, 4096);

        assertThat(new MapText(cells, 80, false, false).draw("pc"))
                .contains("garbage: replaced by newer      4.0 MiB", "room: not filled                4.0 MiB");
        assertThat(new MapSvg(cells).draw("pc"))
                .contains("garbage, replaced by newer: 4.0 MiB", "room, not filled: 4.0 MiB");
    }

    @Test
    void coloursAndBlocksOnlyWhereWanted() {
        assertThat(new MapText(all(map(24), 4096), 80, true, true).draw("pc")).contains("\033[31m\u2588\033[0m");
        assertThat(new MapText(all(map(24), 4096), 80, true, false).draw("pc"))
                .contains("\u2588")
                .doesNotContain("\033");
    }

    @Test
    void mapOfTheLargestCacheFitsOneScreenAndOneMessage() throws Exception {
        SegmentMap map = map(65536);
        MapCells cells = all(map, Math.min(MapCells.MAX_CELLS, MapText.mostCells(65536, 80)));
        String text = new MapText(cells, 80, false, false).draw("pc");

        assertThat(text.lines().toList()).hasSizeLessThan(45).allMatch(line -> line.length() <= 80);
        assertThat(text).contains("37 to a character");
        for (Column column : Column.values()) {
            assertThat(cells.total(column))
                    .as("%s", column)
                    .isEqualTo(all(map, MapCells.MAX_CELLS).total(column));
        }
        byte[] frame = JsonCodec.frame(all(map, MapCells.MAX_CELLS).toJson());
        assertThat(frame.length).isLessThan(JsonCodec.MAX_FRAME_BYTES);
        assertThat(JsonCodec.read(frame, 0, frame.length).numbers("free")).hasSize(4096);
    }

    @Test
    void partsCoverAllSegments() {
        SegmentMap map = map(100);
        MapCells last = MapCells.of(map, 90, 30, 7);

        assertThat(List.of(last.from(), last.count(), last.segmentsPerCell(), last.cells()))
                .containsExactly(90, 10, 2, 5);
        assertThat(last.cellOf(Position.of(91, 0))).isZero();
        assertThat(last.cellOf(Position.of(89, 0))).isEqualTo(-1);
        assertThat(MapCells.of(map, 100, 1, 1).cells()).isZero();
        assertThat(all(map, 33).sizeOf(24)).isEqualTo(4);
        assertThat(all(map, 99).sizeOf(49)).isEqualTo(2);
    }

    @Test
    void pictureIsWellFormedWithASquareForEachCell() throws Exception {
        String svg = new MapSvg(all(map(5000), MapSvg.MOST_CELLS)).draw("a<b>&c");
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));

        assertThat(document.getElementsByTagName("g").getLength()).isEqualTo(1667);
        assertThat(document.getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("Segments of a<b>&c");
    }

    @Test
    void dataIsNeverMoreThanASegmentHolds() {
        SegmentMap map = new SegmentMap(1);
        map.addData(0, 30_000, true);
        map.addData(0, 30_000, false);

        assertThat(map.cleanSectors(0)).isEqualTo(30_000);
        assertThat(map.dirtySectors(0)).isEqualTo(DeviceLayout.SEGMENT_DATA_BYTES / 512 - 30_000);
    }
}
