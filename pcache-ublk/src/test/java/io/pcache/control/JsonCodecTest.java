package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {

    private static JsonObject read(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return JsonCodec.read(bytes, 0, bytes.length);
    }

    @Test
    void readsBackWhatItWrote() throws IOException {
        JsonObject object = new JsonObject()
                .put("text", "a\n\u00e9\"\\x20")
                .put("number", -5L)
                .put("big", Long.MAX_VALUE)
                .put("decimal", 0.5)
                .put("flag", true)
                .put("object", new JsonObject().put("inner", 1))
                .put("list", List.of("x", 2L, new JsonObject()));
        byte[] frame = JsonCodec.frame(object);

        assertThat(JsonCodec.read(frame, 0, frame.length - 1)).hasToString(object.toString());
    }

    @Test
    void frameHoldsNoNewlineButTheLast() {
        byte[] frame = JsonCodec.frame(new JsonObject().put("a\nb", "c\nd\u2028"));

        assertThat(new String(frame, StandardCharsets.ISO_8859_1))
                .endsWith("}\n")
                .containsOnlyOnce("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "null",
                "{",
                "{}{}",
                "{} x",
                "{\"a\":1,\"a\":2}",
                "{\"a\":[null]}",
                "{\"a\":99999999999999999999}",
                "{\"a\":1e999}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"a\":\"\u0001\"}"
            })
    void refusesWhatIsNotOneObject(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesDeepNesting() {
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(100_000))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read("{\"a\":".repeat(10) + "1" + "}".repeat(10)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void refusesMoreValuesThanAMessageCanMean() {
        assertThatThrownBy(() -> read("{\"a\":[" + "1,".repeat(100_000) + "1]}"))
                .hasMessageContaining("values");
    }

    @Test
    void refusesMalformedUtf8() {
        byte[] bytes = {'{', '"', 'a', '"', ':', '"', (byte) 0xc3, '"', '}'};

        assertThatThrownBy(() -> JsonCodec.read(bytes, 0, bytes.length)).isInstanceOf(IOException.class);
    }

    @Test
    void getterNamesTheMemberOfAnotherType() throws IOException {
        JsonObject object = read("{\"n\":\"x\",\"s\":1,\"l\":{},\"o\":[]}");

        assertThatThrownBy(() -> object.number("n", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'n' must be an integer");
        assertThatThrownBy(() -> object.string("s", "")).hasMessage("'s' must be a string");
        assertThatThrownBy(() -> object.flag("s")).hasMessage("'s' must be true or false");
        assertThatThrownBy(() -> object.objects("l")).hasMessage("'l' must be a list");
        assertThatThrownBy(() -> object.object("o")).hasMessage("'o' must be an object");
    }

    @Test
    void anyBytesAreReadOrRefused() {
        long seed = 20_241;
        Random random = new Random(seed);
        byte[] valid = JsonCodec.frame(new JsonObject()
                .put("v", 1)
                .put("cmd", "load")
                .put("lines", List.of(new JsonObject().put("start", 0).put("type", "pcache"))));
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = valid.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(bytes.length + 1);
            try {
                assertThat(JsonCodec.read(bytes, 0, length)).isNotNull();
            } catch (IOException expected) {
                assertThat(expected.getMessage())
                        .as("seed %d round %d", seed, round)
                        .isNotEqualTo("");
            }
        }
    }
}
