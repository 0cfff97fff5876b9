package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteTextTest {
    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @Test
    void validTextIsWhatItIs() {
        String text = "a é \u4e2d \ud83d\ude00 \ufffd";
        assertThat(ByteText.decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
        assertThat(ByteText.encode(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(ByteText.isUtf8(text)).isTrue();
        assertThat(ByteText.printable(text)).isEqualTo(text);
    }

    @Test
    void bytesThatAreNoTextComeBackAsTheyWere() {
        // An emoji between two of them, a character that ends too early, an encoded surrogate, 0xfe.
        byte[] odd = bytes('a', 0xff, 0xf0, 0x9f, 0x98, 0x80, 0x80, 0xe4, 0xb8, ' ', 0xed, 0xb3, 0xbf, 0xfe);
        String text = ByteText.decode(odd);
        assertThat(ByteText.isUtf8(text)).isFalse();
        assertThat(ByteText.encode(text)).isEqualTo(odd);
        assertThat(ByteText.printable(text)).isEqualTo("a\\xff\ud83d\ude00\\x80\\xe4\\xb8 \\xed\\xb3\\xbf\\xfe");
    }

    @Test
    void anyBytesComeBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            byte[] some = new byte[random.nextInt(12)];
            random.nextBytes(some);
            assertThat(ByteText.encode(ByteText.decode(some)))
                    .as("seed %d", seed)
                    .isEqualTo(some);
        }
    }
}
