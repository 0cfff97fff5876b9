package io.pcache.dmctl.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.control.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonPrinterTest {

    @Test
    void printsAMemberALine() {
        assertThat(JsonPrinter.print(new JsonObject().put("path", "/dev/ublkb0").put("open", 1)))
                .isEqualTo("{\n  \"path\": \"/dev/ublkb0\",\n  \"open\": 1\n}\n");
    }

    @Test
    void printsWhatParsersReadBack() throws Exception {
        JsonObject object = new JsonObject()
                .put("name", "a\"b\\c\n\u0001\u007fé")
                .put("flag", true)
                .put("ratio", 0.5)
                .put("list", List.of(new JsonObject().put("x", Long.MAX_VALUE), new JsonObject()))
                .put("none", List.of());

        assertThat(new ObjectMapper().readTree(JsonPrinter.print(object)))
                .isEqualTo(new ObjectMapper().readTree(object.toString()));
    }

    @Test
    void printsEmptyList() {
        assertThat(JsonPrinter.print(List.of())).isEqualTo("[]\n");
    }
}
