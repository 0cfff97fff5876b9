package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonLayoutTest {
    private final JsonObject object = new JsonObject()
            .put("name", "a\"b\\c\n\u0001\u007f\u00e9\ud83d\ude00")
            .put("flag", true)
            .put("ratio", 0.5)
            .put("list", List.of(new JsonObject().put("x", Long.MAX_VALUE), new JsonObject(), List.of(1L)))
            .put("none", List.of());

    @Test
    void printsAMemberALineForPeople() {
        assertThat(JsonCodec.textForPeople(
                        new JsonObject().put("path", "/dev/ublkb0").put("open", 1)))
                .isEqualTo("{\n  \"path\": \"/dev/ublkb0\",\n  \"open\": 1\n}\n");
        assertThat(JsonCodec.textForPeople(List.of())).isEqualTo("[]\n");
        assertThat(JsonCodec.textForPeople(object))
                .isEqualTo(
                        "{\n  \"name\": \"a\\\"b\\\\c\\n\\u0001\u007f\u00e9\ud83d\ude00\",\n  \"flag\": true,\n  \"ratio\": 0.5,\n"
                                + "  \"list\": [\n    {\n      \"x\": 9223372036854775807\n    },\n    {},\n    [\n      1\n    ]\n  ],\n"
                                + "  \"none\": []\n}\n");
    }

    @Test
    void printsOneLineOfAsciiForPrograms() {
        assertThat(JsonCodec.text(object))
                .isEqualTo("{\"name\":\"a\\\"b\\\\c\\n\\u0001\u007f\\u00E9\\uD83D\\uDE00\",\"flag\":true,\"ratio\":0.5,"
                        + "\"list\":[{\"x\":9223372036854775807},{},[1]],\"none\":[]}");
    }

    @Test
    void printsWhatParsersReadBack() throws Exception {
        assertThat(new ObjectMapper().readTree(JsonCodec.textForPeople(object)))
                .isEqualTo(new ObjectMapper().readTree(JsonCodec.text(object)));
        assertThat(new ObjectMapper()
                        .readTree(JsonCodec.text(object))
                        .get("name")
                        .asText())
                .isEqualTo(object.string("name", ""));
    }
}
